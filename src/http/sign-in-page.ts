/**
 * The page people sign in at: no script, readable on a phone, light and dark.
 */
export interface SignInPage {
  /** The path to go on to. */
  readonly next: string
  readonly withPassword: boolean
  /** What the button of the OpenID provider says. */
  readonly openId?: string
  readonly problem?: string
}

const STYLE = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:Canvas;color:CanvasText}
main{width:min(22rem,90vw)}h1{font-size:1.4rem}label{display:block;margin:.8rem 0 .2rem}
input,button,a.button{box-sizing:border-box;width:100%;padding:.6rem .7rem;font:inherit;border:1px solid GrayText;border-radius:.4rem;background:Field;color:FieldText}
button,a.button{display:block;margin-top:1.2rem;text-align:center;text-decoration:none;background:ButtonFace;color:ButtonText;cursor:pointer}
:focus-visible{outline:2px solid Highlight;outline-offset:2px}[role=alert]{padding:.6rem .8rem;border:1px solid;border-radius:.4rem}`

export function signInPage({ next, withPassword, openId, problem }: SignInPage): string {
  const alert = problem === undefined ? '' : `<p role="alert">${escaped(problem)}</p>`
  const form = `<form method="post" action="/login"><input type="hidden" name="next" value="${escaped(next)}">
<label for="name">Name</label><input id="name" name="name" autocomplete="username" autocapitalize="none" required autofocus>
<label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Sign in</button></form>`
  const elsewhere = openId === undefined ? '' : `<a class="button" href="/login/openid">Sign in with ${escaped(openId)}</a>`
  const nothing = withPassword || openId !== undefined ? '' : '<p>Open the link that the server printed when it was started.</p>'
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sign in · Rondo</title><link rel="icon" href="/icon.svg" type="image/svg+xml"><style>${STYLE}</style><main><h1>Rondo</h1>${alert}${withPassword ? form : ''}${elsewhere}${nothing}</main></html>`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
