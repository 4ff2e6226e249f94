/**
 * What a schema did not like, in words: each place with its complaint.
 */
import type { z } from 'zod'

/** `amount: expected number; lines[2].sku: …`, ended by a full stop. `whole` names the value itself. */
export function describeIssues(error: z.ZodError, whole: string): string {
  return `${error.issues.map((issue) => `${placeOf(issue.path) || `(${whole})`}: ${issue.message}`).join('; ')}.`
}

function placeOf(path: readonly PropertyKey[]): string {
  return path.map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`)).join('')
}
