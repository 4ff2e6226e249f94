/**
 * Keys: what each does here and now, and the one place that listens for them.
 *
 * Owns: the bindings of everything on the page, sequences (`g i`), and staying out of the way of typing. Never: draws the help (help.tsx).
 * Invariants:
 *   K1. What was bound last comes first: a dialog's keys before its page's, a page's before the shell's.
 *   K2. A key that is held does a thing once, unless it moves through a list.
 *   K3. While somebody types, only what is bound `typing` is heard; while a dialog is open, only what was bound inside it.
 */
import { useEffect, useRef } from 'react'

export interface Binding {
  /** `a`, `?`, `Enter`, `Escape`, `g i` (one after the other), `mod+k` (Ctrl, on a Mac ⌘). */
  readonly keys: string
  /** In the help: "Accept". */
  readonly does: string
  readonly run: (event: KeyboardEvent) => void
  /** Heard again and again while the key is held: for moving, never for doing. */
  readonly repeats?: boolean
  /** Heard in fields, too. */
  readonly typing?: boolean
  /** Left out of the help: another binding says it already. */
  readonly hidden?: boolean
}

interface Group {
  readonly title: string
  readonly inDialog: boolean
  bindings: readonly Binding[]
}

const SEQUENCE_MS = 1200
const groups: Group[] = []
let begun: { readonly key: string; readonly at: number } | undefined
let listening = false

/** Binds keys as long as the component is shown. `inDialog`: the component stands in a dialog. */
export function useKeys(title: string, bindings: readonly Binding[], options: { readonly inDialog?: boolean } = {}): void {
  const { inDialog = false } = options
  const group = useRef<Group | undefined>(undefined)
  useEffect(() => {
    const own: Group = { title, inDialog, bindings: [] }
    group.current = own
    groups.push(own)
    listen()
    return () => {
      groups.splice(groups.indexOf(own), 1)
    }
  }, [title, inDialog])
  useEffect(() => {
    if (group.current !== undefined) group.current.bindings = bindings
  })
}

/** What can be pressed now, the nearest first. */
export function boundKeys(): readonly { readonly title: string; readonly bindings: readonly Binding[] }[] {
  return groups.toReversed().filter(({ bindings }) => bindings.some(({ hidden }) => hidden !== true))
}

/** A binding's keys as a keyboard shows them. */
export function keyCaps(keys: string): string[] {
  const mod = /Mac|iPhone|iPad/.test(navigator.platform) ? '⌘' : 'Ctrl'
  const names: Readonly<Record<string, string>> = {
    mod,
    Enter: '↵',
    Escape: 'Esc',
    ArrowDown: '↓',
    ArrowUp: '↑',
    ArrowLeft: '←',
    ArrowRight: '→',
  }
  return keys.split(/[ +]/).map((key) => names[key] ?? (key.length === 1 ? key.toUpperCase() : key))
}

function listen(): void {
  if (listening) return
  listening = true
  document.addEventListener('keydown', hear)
}

function hear(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || ['Shift', 'Control', 'Alt', 'Meta'].includes(event.key)) return
  const dialog = document.querySelector('dialog[open]') !== null
  const typing = isTyping(event.target)
  const pressed = nameOf(event)
  const [now, before] = [performance.now(), begun]
  begun = undefined
  const wanted = before !== undefined && now - before.at < SEQUENCE_MS ? [`${before.key} ${pressed}`, pressed] : [pressed]
  for (const keys of wanted) {
    for (const group of groups.toReversed()) {
      if (dialog && !group.inDialog) continue
      for (const binding of group.bindings) {
        if ((typing && binding.typing !== true) || (event.repeat && binding.repeats !== true)) continue
        if (binding.keys === keys && !(keys === 'Enter' && isPressable(event.target))) {
          event.preventDefault()
          binding.run(event)
          return
        }
        if (binding.keys.startsWith(`${keys} `)) begun = { key: keys, at: now }
      }
    }
  }
}

function nameOf({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): string {
  const name = key.length === 1 ? key.toLowerCase() : key
  return `${ctrlKey || metaKey ? 'mod+' : ''}${altKey ? 'alt+' : ''}${name}`
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'button', 'submit', 'range'].includes(target.type)
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable
}

/** Enter presses these by itself. */
function isPressable(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('button, a[href], summary, [role="button"], [role="option"]') !== null
}
