/**
 * Reading from a person at a terminal: single keys, lines, and texts in an editor.
 *
 * Owns: the terminal's raw mode, which is on only while a key is waited for. Never: decides what a key means.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stdin, stdout } from 'node:process'
import { createInterface, emitKeypressEvents } from 'node:readline'

interface Key {
  readonly name?: string
  readonly sequence?: string
  readonly ctrl?: boolean
}

export function isInteractive(): boolean {
  return stdin.isTTY === true && stdout.isTTY === true
}

/** The next of these keys that is pressed, by name (`return`) or character; `undefined` for Ctrl-C, or when `signal` aborts. */
export async function pressedKey(keys: ReadonlySet<string>, signal?: AbortSignal): Promise<string | undefined> {
  emitKeypressEvents(stdin)
  stdin.setRawMode(true)
  stdin.resume()
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const press = (character: string | undefined, key: Key): void => {
    const interrupted = key.ctrl === true && (key.name === 'c' || key.name === 'd')
    const pressed = [key.name, character, key.sequence].find((name) => name !== undefined && keys.has(name))
    if (interrupted || pressed !== undefined) resolve(interrupted ? undefined : pressed)
  }
  const ended = (): void => resolve(undefined)
  stdin.on('keypress', press).on('end', ended)
  signal?.addEventListener('abort', ended)
  try {
    return signal?.aborted === true ? undefined : await promise
  } finally {
    stdin.off('keypress', press).off('end', ended)
    signal?.removeEventListener('abort', ended)
    stdin.setRawMode(false)
    stdin.pause()
  }
}

/** A line, with `before` there to be changed; `undefined` when the person thought better of it (Ctrl-C, Ctrl-D). */
export function typedLine(prompt: string, before = ''): Promise<string | undefined> {
  const reader = createInterface({ input: stdin, output: stdout, terminal: true })
  return new Promise((resolve) => {
    reader.on('close', () => resolve(undefined))
    reader.on('SIGINT', () => {
      stdout.write('\n')
      reader.close()
    })
    reader.question(prompt, (text) => {
      resolve(text)
      reader.close()
    })
    if (before !== '') reader.write(before)
  })
}

/** The text as the person left it in $VISUAL or $EDITOR; `undefined` when there is no editor, or it failed. */
export function editedText(text: string, ending: string): string | undefined {
  const editor = process.env['VISUAL'] || process.env['EDITOR']
  if (!editor) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'rondo-edit-'))
  const file = join(folder, `answer.${ending}`)
  try {
    writeFileSync(file, text, { mode: 0o600 })
    const { status } = spawnSync(`${editor} "${file}"`, { shell: true, stdio: 'inherit' })
    return status === 0 ? readFileSync(file, 'utf8') : undefined
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
