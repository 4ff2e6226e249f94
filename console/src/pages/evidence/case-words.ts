/**
 * A case in a line.
 */
import { isRecord } from '../../api/client.ts'
import type { Case } from '../../api/documents.ts'
import { lineOf } from '../../parts/value.tsx'

/** The first texts of a question: mostly what it is called and how it begins. */
export function questionLine({ question }: Pick<Case, 'question'>, most: number): string {
  if (!isRecord(question)) return lineOf(question, most)
  const texts = Object.values(question).filter((value) => typeof value === 'string')
  return lineOf(texts.length > 0 ? texts.join(' · ') : question, most)
}

/** Whether people answered something else than was proposed. */
export function differs({ predicted, answer }: Pick<Case, 'predicted' | 'answer'>): boolean {
  return predicted !== undefined && JSON.stringify(predicted) !== JSON.stringify(answer)
}
