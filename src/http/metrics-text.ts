/**
 * Metrics as Prometheus reads them: counters, gauges and histograms, and their text.
 *
 * Owns: the exposition format. Never: what is counted. Labels have few values each, or a series would grow for every run.
 */

export type Labels = Readonly<Record<string, string>>

/** A metric with a value for each combination of labels. */
export class Series {
  readonly #name: string
  readonly #help: string
  readonly #type: 'counter' | 'gauge'
  readonly #values = new Map<string, number>()

  constructor(type: 'counter' | 'gauge', name: string, help: string) {
    this.#type = type
    this.#name = name
    this.#help = help
  }

  add(labels: Labels, amount = 1): void {
    const key = labelText(labels)
    this.#values.set(key, (this.#values.get(key) ?? 0) + amount)
  }

  set(labels: Labels, value: number): void {
    this.#values.set(labelText(labels), value)
  }

  clear(): void {
    this.#values.clear()
  }

  get total(): number {
    return [...this.#values.values()].reduce((sum, value) => sum + value, 0)
  }

  text(): string {
    const lines = [...this.#values].map(([labels, value]) => `${this.#name}${labels} ${number(value)}\n`)
    return `${heading(this.#name, this.#help, this.#type)}${lines.join('')}`
  }
}

/** How values spread over bounds, for each combination of labels. */
export class Histogram {
  readonly #name: string
  readonly #help: string
  readonly #bounds: readonly number[]
  readonly #values = new Map<string, { readonly labels: Labels; readonly counts: number[]; sum: number }>()

  constructor(name: string, help: string, bounds: readonly number[]) {
    this.#name = name
    this.#help = help
    this.#bounds = bounds
  }

  observe(labels: Labels, value: number): void {
    const key = labelText(labels)
    const known = this.#values.get(key) ?? { labels, counts: new Array<number>(this.#bounds.length + 1).fill(0), sum: 0 }
    this.#values.set(key, known)
    const bound = this.#bounds.findIndex((most) => value <= most)
    const place = bound < 0 ? this.#bounds.length : bound
    known.counts[place] = (known.counts[place] ?? 0) + 1
    known.sum += value
  }

  text(): string {
    const lines = [...this.#values.values()].flatMap(({ labels, counts, sum }) => {
      let total = 0
      const buckets = counts.map((count, index) => {
        total += count
        return `${this.#name}_bucket${labelText({ ...labels, le: number(this.#bounds[index] ?? Number.POSITIVE_INFINITY) })} ${total}\n`
      })
      return [...buckets, `${this.#name}_sum${labelText(labels)} ${number(sum)}\n`, `${this.#name}_count${labelText(labels)} ${total}\n`]
    })
    return `${heading(this.#name, this.#help, 'histogram')}${lines.join('')}`
  }
}

function heading(name: string, help: string, type: string): string {
  return `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${type}\n`
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function number(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return Number.isNaN(value) ? 'NaN' : String(value)
}
