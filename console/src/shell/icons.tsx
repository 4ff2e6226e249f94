/**
 * The icons of the navigation.
 */
const PATHS = {
  home: 'M3 9.5 10 3.5l7 6V16a1 1 0 0 1-1 1h-3.5v-4.5h-5V17H4a1 1 0 0 1-1-1Z',
  inbox:
    'M3.5 11.5 5.4 4.6a1 1 0 0 1 1-.7h7.2a1 1 0 0 1 1 .7l1.9 6.9M3.5 11.5V15a1 1 0 0 0 1 1h11a1 1 0 0 0 1-1v-3.5M3.5 11.5h3.7l1 2h3.6l1-2h3.7',
  runs: 'M3.5 5.5h7M3.5 10h10M3.5 14.5h5M14 5.5h2.5M16 10h.5M12 14.5h4.5',
  flows: 'M15.2 7.2A6 6 0 1 0 16 10.5M16.5 3.5v4h-4',
  prompts: 'M4 4.5h12a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H9.5L6 16.5v-3H4a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1ZM6 7.5h8M6 10.5h5',
  decisions: 'M10 3.5v4M10 7.5c0 3-5 2.5-5 6M10 7.5c0 3 5 2.5 5 6M5 16.5v-3M15 16.5v-3M3 14.5l2 2 2-2M13 14.5l2 2 2-2',
  evidence: 'M3.5 16.5v-13M3.5 16.5h13M7 13v-3M10.5 13V6M14 13V8.5',
  leave: 'M8.5 3.5H5a1 1 0 0 0-1 1v11a1 1 0 0 0 1 1h3.5M12.5 6.5 16 10l-3.5 3.5M16 10H8',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name }: { readonly name: IconName }): React.JSX.Element {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}
