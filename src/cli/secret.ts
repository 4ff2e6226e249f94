/**
 * A secret from a person at a terminal, who does not see it as they type, or from a pipe.
 */
import { stderr, stdin } from 'node:process'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { usage } from './output.ts'
import { isInteractive } from './terminal.ts'

/** At a terminal it is asked for twice; from a pipe, the first line. Never an option: a command line is for all to see. */
export async function givenSecret(what: string): Promise<string> {
  if (!isInteractive()) return (await line(undefined)) ?? ''
  const first = await line(`${what}: `)
  const second = await line('Once more: ')
  if (first !== second) throw usage('The two are not the same. Nothing was changed.')
  return first ?? ''
}

function line(prompt: string | undefined): Promise<string | undefined> {
  const quiet = new Writable({ write: (_, __, done) => done() })
  if (prompt !== undefined) stderr.write(prompt)
  const reader = createInterface({ input: stdin, output: quiet, terminal: prompt !== undefined })
  return new Promise((resolve) => {
    reader.once('line', (text) => {
      resolve(text)
      reader.close()
    })
    reader.once('SIGINT', () => reader.close())
    reader.once('close', () => {
      if (prompt !== undefined) stderr.write('\n')
      resolve(undefined)
    })
  })
}
