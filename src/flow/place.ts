/**
 * Where in the user's code a step was named: taken cheaply for every step, written out only when it is needed for an error.
 */
const FRAMES = 10

export interface Place {
  readonly stack?: string
}

export const UNKNOWN_PLACE: Place = {}

/** The place of the caller, without the frames of the language itself. */
export function place(): Place {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = FRAMES
  const here: Place = {}
  Error.captureStackTrace(here)
  Error.stackTraceLimit = limit
  return here
}

/** `file:line:column` of the first frame outside the language, or that it is not known. */
export function describePlace(here: Place): string {
  const own = import.meta.dirname
  const frame = here.stack
    ?.split('\n')
    .slice(1)
    .find((line) => !line.includes(own) && !line.includes('node:internal'))
  return (
    frame?.match(/\(?((?:file:\/\/)?\/[^()]*:\d+:\d+)\)?$/)?.[1]?.replace('file://', '') ??
    frame?.trim().replace(/^at /, '') ??
    'an unknown place'
  )
}
