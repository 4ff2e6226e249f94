/**
 * Turns the theme: as the system has it, light, dark.
 */
import { useState } from 'react'
import { type Theme, theme, turnTheme } from './theme.ts'

const SIGNS: Readonly<Record<Theme, string>> = { system: '◐', light: '☀', dark: '☾' }

export function ThemeButton(): React.JSX.Element {
  const [chosen, setChosen] = useState<Theme>(theme)
  return (
    <button type="button" className="nav-tool" onClick={() => setChosen(turnTheme())} title="Light, dark, or as the system has it">
      <span aria-hidden="true">{SIGNS[chosen]}</span>
      <span>Theme: {chosen}</span>
    </button>
  )
}
