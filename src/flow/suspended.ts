/** What a suspended flow waits on: a promise that never settles, and is collected with the flow. */
export function suspended<Output>(): Promise<Output> {
  return new Promise(() => undefined)
}
