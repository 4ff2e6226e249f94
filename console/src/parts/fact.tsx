/**
 * A fact with its name; nothing at all where there is none. Stands in `<dl className="facts">`.
 */
export function Fact({ name, children }: { readonly name: string; readonly children: React.ReactNode }): React.JSX.Element | null {
  if (children === undefined || children === null || children === false) return null
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
