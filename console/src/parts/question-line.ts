/**
 * The question of a case in a line.
 */
import { isRecord } from '../api/client.ts'
import type { Case } from '../api/documents.ts'
import { lineOf } from './value.tsx'

/** The first texts of a question: mostly what it is called and how it begins. */
export function questionLine({ question }: Pick<Case, 'question'>, most: number): string {
  if (!isRecord(question)) return lineOf(question, most)
  const texts = Object.values(question).filter((value) => typeof value === 'string')
  return lineOf(texts.length > 0 ? texts.join(' · ') : question, most)
}
