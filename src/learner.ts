/**
 * `rondo/learner`: the built-in learner, a predictor that learns a decision from its cases.
 */
export { type LearnerOptions, learner } from './model/learner/learner.ts'
