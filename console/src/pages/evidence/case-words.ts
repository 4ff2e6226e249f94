/**
 * A case in a line.
 */
import type { Case } from '../../api/documents.ts'

/** Whether people answered something else than was proposed. */
export function differs({ predicted, answer }: Pick<Case, 'predicted' | 'answer'>): boolean {
  return predicted !== undefined && JSON.stringify(predicted) !== JSON.stringify(answer)
}
