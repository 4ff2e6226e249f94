/**
 * The body of the thread that trains: a fit takes from milliseconds to seconds, and the event loop must not wait for it.
 */
import type { Examples } from './classifier.ts'
import { answerCalls } from './thread.ts'
import { type Trained, train } from './training.ts'

answerCalls<Examples, Trained>(train, () => [])
