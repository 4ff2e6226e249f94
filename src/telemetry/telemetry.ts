/**
 * Telemetry as an option of a system: what may be set, and how it is started with the system.
 */
import type { SpanProcessor } from '@opentelemetry/sdk-trace'
import { RondoError } from '../errors.ts'
import { openSink } from './sdk.ts'
import type { Attributes } from './span.ts'
import { type TelemetryGround, Tracing } from './tracing.ts'

export interface TelemetryOptions {
  /**
   * The service that spans are said to come from. Default `rondo`. What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say counts before it.
   */
  readonly service?: string
  /** Says what messages, answers and tool results hold, too. They may hold what is personal or secret. Default `false`. */
  readonly content?: boolean
  /** The share of traces that are sent, from 0 to 1. Default: what OTEL_TRACES_SAMPLER says, or all. */
  readonly share?: number
  /** Where spans go instead of the OTLP collector that the environment names (OTEL_EXPORTER_OTLP_ENDPOINT, …_HEADERS, …). */
  readonly processors?: readonly SpanProcessor[]
  /** Default: the process's own. The exporter itself reads the process's, always. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Traces of runs, made by `telemetry()`: `createRondo({ …, telemetry: telemetry() })`. */
export interface Telemetry {
  /**
   * Called by a system before it drives; what comes back it calls when it no longer does, to have the last spans sent.
   * Throws `package_missing`, `config_invalid`.
   */
  start(ground: TelemetryGround): Promise<() => Promise<void>>
  /** Resolves when all that has happened so far is sent. */
  flush(): Promise<void>
}

/**
 * OpenTelemetry traces of every run that this process drives, by the GenAI semantic conventions. A run is one trace however often it
 * waited and whichever process went on with it. Needs @opentelemetry/api, sdk-trace, resources and exporter-trace-otlp-http.
 */
export function telemetry(options: TelemetryOptions = {}): Telemetry {
  const { share } = options
  if (share !== undefined && !(share >= 0 && share <= 1))
    throw new RondoError('config_invalid', `telemetry({ share }) is a number from 0 to 1, not ${share}.`)
  const started = new Set<Tracing>()
  return {
    async start(ground) {
      const attributes: Attributes = { 'service.name': options.service ?? 'rondo' }
      const { processors, env = process.env } = options
      const sink = await openSink({ processors, attributes, share, env, warn: ground.warn })
      if (sink === undefined) return () => Promise.resolve()
      const tracing = new Tracing(ground, sink, options.content === true)
      started.add(tracing)
      return async () => {
        started.delete(tracing)
        await tracing.stop()
      }
    },
    async flush() {
      await Promise.all([...started].map((tracing) => tracing.flush()))
    },
  }
}
