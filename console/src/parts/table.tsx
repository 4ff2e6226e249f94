/**
 * A plain table: columns with a heading, rows that may lead somewhere. For hundreds of rows; what is longer scrolls virtually (pages/runs).
 */
export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => React.ReactNode
  /** Figures stand to the right. */
  readonly figure?: boolean
  /** Left out where there is little room. */
  readonly minor?: boolean
}

export function Table<Row>(props: {
  /** Read to those who do not see the page. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  readonly selected?: string | undefined
}): React.JSX.Element {
  const { label, columns, rows, keyOf, selected } = props
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section className="table-scroll" aria-label={label} tabIndex={0}>
      <table className="table">
        <caption className="unseen">{label}</caption>
        <thead>
          <tr>
            {columns.map(({ title, figure, minor }) => (
              <th key={title} scope="col" className={classOf(figure, minor)}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} data-selected={keyOf(row) === selected || undefined}>
              {columns.map(({ title, cell, figure, minor }) => (
                <td key={title} className={classOf(figure, minor)}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function classOf(figure = false, minor = false): string | undefined {
  return [figure && 'table-figure', minor && 'table-minor'].filter((name) => name !== false).join(' ') || undefined
}
