/**
 * What stands before everything while nobody is known: the way in by the link the server printed, or by a token.
 */
import { useEffect, useState } from 'react'
import { forgetToken, get, hasToken, keepToken, open } from '../api/client.ts'
import type { Me } from '../api/documents.ts'
import { live } from '../api/live.ts'
import { queries } from '../api/queries.ts'

/** `at`: the server's own page, where people have names and passwords; one is brought back from there. */
export function SignIn({ at }: { readonly at: unknown }): React.JSX.Element | null {
  useEffect(() => {
    if (typeof at === 'string')
      window.location.replace(`${at}?next=${encodeURIComponent(window.location.pathname + window.location.search)}`)
  }, [at])
  return typeof at === 'string' ? null : <Credential />
}

/** Whether there is anything to sign out of. */
export function mayLeave({ session }: Me): boolean {
  return session !== undefined || hasToken()
}

export async function leave(): Promise<void> {
  forgetToken()
  await open('POST', '/logout', {}).catch(() => undefined)
  window.location.assign('/')
}

function Credential(): React.JSX.Element {
  const [given, setGiven] = useState('')
  const [wrong, setWrong] = useState<string>()
  const enter = async (): Promise<void> => {
    const text = given.trim()
    const link = linkOf(text)
    if (link !== undefined) return window.location.assign(link)
    keepToken(text)
    try {
      queries.setQueryData(['me'], await get<Me>('/api/me'))
      live.again()
      await queries.invalidateQueries()
    } catch (error) {
      forgetToken()
      setWrong(error instanceof Error ? error.message : String(error))
    }
  }
  return (
    <main className="sign-in">
      <img src="/icon.svg" alt="" width="48" height="48" />
      <h1>Sign in to Rondo</h1>
      <p>
        Open the link that the server printed when it started. It works once; start the server again, or ask whoever runs it, for another.
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void enter()
        }}
      >
        <label htmlFor="credential">Or paste the link, or a token, here</label>
        <input
          id="credential"
          type="password"
          autoComplete="off"
          value={given}
          aria-describedby={wrong === undefined ? undefined : 'credential-wrong'}
          aria-invalid={wrong !== undefined}
          onChange={(event) => setGiven(event.target.value)}
        />
        {wrong !== undefined && (
          <p id="credential-wrong" className="field-wrong" role="alert">
            {wrong}
          </p>
        )}
        <button type="submit" className="button button-main" disabled={given.trim() === ''}>
          Sign in
        </button>
      </form>
    </main>
  )
}

/** A one-time link to this very server, as an address here. */
function linkOf(text: string): string | undefined {
  const url = URL.parse(text, window.location.origin)
  return url?.pathname === '/login' && url.searchParams.has('code') ? `${url.pathname}${url.search}` : undefined
}
