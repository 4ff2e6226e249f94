/**
 * Light or dark: as the system has it, unless somebody chose.
 */
export type Theme = 'system' | 'light' | 'dark'

const KEY = 'rondo.theme'
const NEXT: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' }

export function theme(): Theme {
  const kept = localStorage.getItem(KEY)
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

export function applyTheme(chosen: Theme = theme()): void {
  if (chosen === 'system') {
    localStorage.removeItem(KEY)
    delete document.documentElement.dataset['theme']
  } else {
    localStorage.setItem(KEY, chosen)
    document.documentElement.dataset['theme'] = chosen
  }
}

/** Goes on to the next choice, and says which it is. */
export function turnTheme(): Theme {
  const next = NEXT[theme()]
  applyTheme(next)
  return next
}
