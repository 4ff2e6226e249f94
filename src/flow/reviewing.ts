/**
 * Where the language finds reviews: the people's layer provides, under this name, what makes one.
 */
import type { Definition } from './definition.ts'
import type { ReviewRequest, ReviewResult } from './run.ts'
import { serviceKey } from './service.ts'

export interface Reviewing {
  /** The definition behind `run.review(name, …)`. */
  define<Subject>(name: string): Definition<'review', ReviewRequest<Subject>, ReviewResult<Subject>>
}

export const reviewing = serviceKey<Reviewing>('reviews')
