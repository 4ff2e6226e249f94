/**
 * What kind of step it is, as a small drawing; the word stands beside it for those who do not see.
 */
const PATHS: Readonly<Record<string, string>> = {
  code: 'M7 6 3.5 10 7 14M13 6l3.5 4L13 14',
  ask: 'M10 3.5 11.8 8.2 16.5 10l-4.7 1.8L10 16.5l-1.8-4.7L3.5 10l4.7-1.8Z',
  decide: 'M10 3 17 10l-7 7-7-7Z',
  review: 'M10 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM4 17c.6-3.4 2.8-5 6-5s5.4 1.6 6 5',
  context: 'M5 3.5h7l3 3v10H5ZM8 9h4M8 12h4',
  loop: 'M15.5 7.5A6 6 0 1 0 16 11M16 3.8v4h-4',
  map: 'M4 5h12M4 10h12M4 15h12',
  all: 'M5 4v12M10 4v12M15 4v12',
  race: 'M4 16V4l9 3.5L4 11',
  branch: 'M6 4v12M6 8c0 4 8 1 8 5v3',
  sleep: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 6v4l2.5 2',
  signal: 'M4 10a6 6 0 0 1 6-6M4 10a6 6 0 0 0 6 6M10 10h7M14 7l3 3-3 3',
  call: 'M4 5h8v8H4ZM9 15h7V8',
  measure: 'M3.5 14a6.5 6.5 0 0 1 13 0M10 14l3.5-4.5',
}

export function Icon({ kind }: { readonly kind: string }): React.JSX.Element {
  return (
    <svg className="step-icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d={PATHS[kind] ?? PATHS['code']} />
    </svg>
  )
}
