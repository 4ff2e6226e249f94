/**
 * OpenTelemetry's own packages, loaded when telemetry is asked for, and the way from a finished span into them.
 *
 * Owns: exporter, sampler and resource by the usual environment variables. Never: decides what a span says.
 */
import type { Sampler, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace'
import { RondoError } from '../errors.ts'
import type { Attributes, FinishedSpan } from './span.ts'

type Environment = Readonly<Record<string, string | undefined>>

export interface SinkOptions {
  readonly processors: readonly SpanProcessor[] | undefined
  readonly attributes: Attributes
  /** The share of traces that are kept, whatever the environment says. */
  readonly share: number | undefined
  readonly env: Environment
  readonly warn: (message: string, cause?: unknown) => void
}

/** Where spans go. */
export interface Sink {
  /** Whether the trace of a run is to be sent; the same for every run of it, in every process. */
  keeps(run: { readonly traceId: string; readonly name: string; readonly attributes: Attributes }, parent: Parent | undefined): boolean
  send(span: FinishedSpan): void
  flush(): Promise<void>
  shutDown(): Promise<void>
}

export interface Parent {
  readonly traceId: string
  readonly spanId: string
  readonly sampled: boolean
}

const PACKAGES = ['@opentelemetry/api', '@opentelemetry/sdk-trace', '@opentelemetry/resources', '@opentelemetry/exporter-trace-otlp-http']
/** A burst of steps is no reason to lose spans. */
const LONGEST_QUEUE = 16_384
const COMPLAINTS_MS = 60_000

/** Throws `package_missing` with what to type, `config_invalid` for what the environment asks and cannot be had. */
export async function openSink(options: SinkOptions): Promise<Sink | undefined> {
  const { env } = options
  if (isDisabled(env)) return undefined
  const [api, trace, resources] = await loaded()
  const sampler = samplerOf(trace, options)
  const ids = { span: '', trace: '' }
  const provider = new trace.TracerProvider({
    resource: resources
      .defaultResource()
      .merge(resources.resourceFromAttributes(options.attributes))
      .merge(resources.detectResources({ detectors: [resources.envDetector] })),
    idGenerator: { generateSpanId: () => ids.span, generateTraceId: () => ids.trace },
    spanProcessors: [...(options.processors ?? [await exporting(trace, options)])],
  })
  const tracer = provider.getTracer('rondo')
  const under = ({ traceId, spanId, sampled }: Parent): ReturnType<typeof api.trace.setSpanContext> =>
    api.trace.setSpanContext(api.ROOT_CONTEXT, {
      traceId,
      spanId,
      traceFlags: sampled ? api.TraceFlags.SAMPLED : api.TraceFlags.NONE,
      isRemote: true,
    })
  return {
    keeps({ traceId, name, attributes }, parent) {
      const context = parent === undefined ? api.ROOT_CONTEXT : under(parent)
      const { decision } = sampler.shouldSample(context, traceId, name, api.SpanKind.INTERNAL, attributes, [])
      return decision === trace.SamplingDecision.RECORD_AND_SAMPLED
    },
    send({ traceId, spanId, parentId, name, client, startedAt, endedAt, attributes, error }) {
      ids.span = spanId
      ids.trace = traceId
      const context = parentId === undefined ? api.ROOT_CONTEXT : under({ traceId, spanId: parentId, sampled: true })
      const kind = client === true ? api.SpanKind.CLIENT : api.SpanKind.INTERNAL
      const span = tracer.startSpan(name, { kind, startTime: new Date(startedAt), attributes }, context)
      if (error !== undefined) span.setAttribute('error.type', error).setStatus({ code: api.SpanStatusCode.ERROR })
      span.end(new Date(Math.max(startedAt, endedAt)))
    },
    flush: () => provider.forceFlush(),
    // What our own exporter could not send it has complained of.
    shutDown: () => (options.processors === undefined ? provider.shutdown().catch(() => undefined) : provider.shutdown()),
  }
}

async function loaded() {
  try {
    return await Promise.all([import('@opentelemetry/api'), import('@opentelemetry/sdk-trace'), import('@opentelemetry/resources')])
  } catch (error) {
    throw missing(error)
  }
}

type TraceSdk = Awaited<ReturnType<typeof loaded>>[1]

async function exporting(trace: TraceSdk, { env, warn }: SinkOptions): Promise<SpanProcessor> {
  const protocol = env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] ?? env['OTEL_EXPORTER_OTLP_PROTOCOL'] ?? 'http/json'
  if (protocol === 'grpc')
    throw new RondoError(
      'config_invalid',
      'OTEL_EXPORTER_OTLP_PROTOCOL is "grpc"; traces are sent over HTTP. Point OTEL_EXPORTER_OTLP_ENDPOINT at the collector’s HTTP port (4318) and set the protocol to http/json, or give telemetry({ processors }) a processor of your own.',
    )
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http').catch((error: unknown) => {
    throw missing(error)
  })
  return new trace.BatchSpanProcessor({ exporter: complaining(new OTLPTraceExporter(), warn), maxQueueSize: LONGEST_QUEUE })
}

/** Says that spans do not arrive, once a minute at most: an exporter alone keeps quiet. */
function complaining(exporter: SpanExporter, warn: SinkOptions['warn']): SpanExporter {
  let quietUntil = 0
  return {
    export(spans, done) {
      exporter.export(spans, (ended) => {
        if (ended.code !== 0 && performance.now() >= quietUntil) {
          quietUntil = performance.now() + COMPLAINTS_MS
          warn(`${spans.length} spans could not be sent to the OTLP collector: ${ended.error?.message ?? 'it did not say why'}.`)
        }
        done(ended)
      })
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  }
}

/** The sampler that OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG name. */
function samplerOf(trace: TraceSdk, { env, share }: SinkOptions): Sampler {
  const name = env['OTEL_TRACES_SAMPLER'] ?? 'parentbased_always_on'
  const ratio = (): Sampler => new trace.TraceIdRatioBasedSampler(share ?? Number(env['OTEL_TRACES_SAMPLER_ARG'] ?? 1))
  if (share !== undefined) return new trace.ParentBasedSampler({ root: ratio() })
  switch (name) {
    case 'always_on':
      return new trace.AlwaysOnSampler()
    case 'always_off':
      return new trace.AlwaysOffSampler()
    case 'traceidratio':
      return ratio()
    case 'parentbased_always_on':
      return new trace.ParentBasedSampler({ root: new trace.AlwaysOnSampler() })
    case 'parentbased_always_off':
      return new trace.ParentBasedSampler({ root: new trace.AlwaysOffSampler() })
    case 'parentbased_traceidratio':
      return new trace.ParentBasedSampler({ root: ratio() })
    default:
      throw new RondoError(
        'config_invalid',
        `OTEL_TRACES_SAMPLER is "${name}", which is not known here. There are: always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio.`,
      )
  }
}

function isDisabled(env: Environment): boolean {
  return env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none'
}

function missing(error: unknown): RondoError {
  return new RondoError('package_missing', `Telemetry needs packages that are not installed. Install them: npm i ${PACKAGES.join(' ')}`, {
    cause: error,
    details: { packages: PACKAGES },
    terminal: true,
  })
}
