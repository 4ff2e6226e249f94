/**
 * `rondo/telemetry`: OpenTelemetry traces of runs, their steps and their calls of models.
 */
export { type Telemetry, type TelemetryOptions, telemetry } from './telemetry/telemetry.ts'
export type { TelemetryGround } from './telemetry/tracing.ts'
