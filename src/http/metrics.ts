/**
 * What is counted for those who watch machines: runs, steps, the inbox, models, requests, the process.
 *
 * Owns: the metrics and where their numbers come from. Counters begin with this process; runs and inbox are read from the database.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Rondo, RunEvent } from '../index.ts'
import { decode } from '../json.ts'
import { Histogram, Series } from './metrics-text.ts'

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const USD = 1_000_000
const NANO = 1e9

export class Metrics {
  readonly #rondo: Rondo
  readonly #startedAt = Date.now() / 1000
  readonly #runs = new Series('gauge', 'rondo_runs', 'Runs in the database, by flow and status.')
  readonly #inbox = new Series('gauge', 'rondo_inbox_open', 'Questions to people that stand open.')
  readonly #steps = new Series(
    'counter',
    'rondo_steps_total',
    'Steps this process took, those inside asks and decisions included, by kind and how they came out.',
  )
  readonly #tokens = new Series('counter', 'rondo_model_tokens_total', 'Tokens of model calls, by model and direction.')
  readonly #spend = new Series('counter', 'rondo_model_spend_usd_total', 'What model calls cost, in US dollars, by model.')
  readonly #attention = new Series('counter', 'rondo_attention_seconds_total', 'Time people spent on questions.')
  readonly #requests = new Histogram('rondo_http_request_duration_seconds', 'Requests, by method, route and status.', SECONDS)
  readonly #process = [
    new Series('gauge', 'process_resident_memory_bytes', 'Memory of this process.'),
    new Series('counter', 'process_cpu_seconds_total', 'Processor time of this process.'),
    new Series('gauge', 'process_start_time_seconds', 'When this process opened its door, in seconds since 1970.'),
  ] as const
  readonly #lag = new Series('gauge', 'nodejs_eventloop_lag_seconds', 'Delay of the event loop since the last reading, by quantile.')
  readonly #delay: ReturnType<typeof monitorEventLoopDelay>
  readonly #unsubscribe: () => void

  constructor(rondo: Rondo) {
    this.#rondo = rondo
    this.#delay = monitorEventLoopDelay({ resolution: 20 })
    this.#delay.enable()
    this.#unsubscribe = rondo.events.subscribe((event) => this.#count(event))
  }

  /** What models cost since the start. */
  get spent(): { readonly microUsd: number; readonly tokens: number } {
    return { microUsd: Math.round(this.#spend.total * USD), tokens: this.#tokens.total }
  }

  request(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status: String(status) }, seconds)
  }

  async text(): Promise<string> {
    this.#runs.clear()
    for (const { flow, status, count } of await this.#rondo.store.runs.count()) this.#runs.set({ flow, status }, count)
    this.#inbox.set({}, await this.#rondo.inbox.count())
    this.#readProcess()
    const metrics = [
      this.#runs,
      this.#inbox,
      this.#steps,
      this.#tokens,
      this.#spend,
      this.#attention,
      this.#requests,
      ...this.#process,
      this.#lag,
    ]
    return metrics.map((metric) => metric.text()).join('')
  }

  close(): void {
    this.#unsubscribe()
    this.#delay.disable()
  }

  #readProcess(): void {
    const [memory, cpu, start] = this.#process
    const { user, system } = process.cpuUsage()
    memory.set({}, process.memoryUsage.rss())
    cpu.set({}, (user + system) / 1e6)
    start.set({}, this.#startedAt)
    for (const [quantile, percent] of [
      ['0.5', 50],
      ['0.99', 99],
      ['1', 100],
    ] as const)
      this.#lag.set({ quantile }, this.#delay.count === 0 ? 0 : this.#delay.percentile(percent) / NANO)
    this.#delay.reset()
  }

  #count(event: RunEvent): void {
    if (event.type !== 'entry') return
    const { kind, state, usage, value } = event.entry
    if (state === 'completed' || state === 'failed' || state === 'retrying') this.#steps.add({ kind, outcome: state })
    if (usage === undefined) return
    if (usage.attentionMs > 0) this.#attention.add({}, usage.attentionMs / 1000)
    if (usage.inputTokens + usage.outputTokens + usage.microUsd === 0) return
    const model = kind === 'ask' ? modelIn(value) : 'unknown'
    this.#tokens.add({ model, direction: 'input' }, usage.inputTokens)
    this.#tokens.add({ model, direction: 'output' }, usage.outputTokens)
    this.#spend.add({ model }, usage.microUsd / USD)
  }
}

/** The model that answered: a call's value is its reply. */
function modelIn(value: string | undefined): string {
  const reply = value === undefined ? undefined : decode(value)
  return reply !== null && typeof reply === 'object' && 'model' in reply && typeof reply.model === 'string' ? reply.model : 'unknown'
}
