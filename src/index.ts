/**
 * `rondo`: flows in which code, models and people take steps, and the system that runs them.
 */
export type { Access, AccessOptions } from './access/access.ts'
export type { Actor, KnownUser } from './access/actor.ts'
export type { Audit, AuditReport } from './access/audit.ts'
export type { OpenIdClaims, OpenIdGrant, OpenIdOptions } from './access/open-id.ts'
export type { RedactionOptions, RedactionRule } from './access/redaction.ts'
export { isUserRole, SCOPES, type Scope, USER_ROLES } from './access/scopes.ts'
export type { Session, SessionOptions, SignedIn } from './access/sessions.ts'
export type { Identified, SignInResult } from './access/sign-in.ts'
export type { NewTokenOptions, Token } from './access/tokens.ts'
export type { NewUser, User, UserChange } from './access/users.ts'
export { createRondo, type Rondo, type RondoOptions } from './assemble.ts'
export { type CheckGround, type CheckReport, checkDeploy, type Diverging, type DivergingHow } from './change/check.ts'
export {
  drawPicture,
  type NodeVisit,
  type Picture,
  type PicturedRun,
  type PictureEdge,
  type PictureNode,
  visitsTo,
} from './change/picture.ts'
export type { Spread } from './change/spread.ts'
export { type Clock, systemClock } from './clock.ts'
export { defineConfig } from './config.ts'
export { type Duration, humanDuration, milliseconds } from './duration.ts'
export type { Events, RunEvent } from './engine/events.ts'
export type { RunHandle, Runs, StartOptions } from './engine/runs.ts'
export { type ErrorCode, type ErrorRecord, RondoError, StepError, TerminalError } from './errors.ts'
export { type AnyFlow, type Flow, flow } from './flow/flow.ts'
export type { QuestionContent } from './flow/question-content.ts'
export type {
  Again,
  Branch,
  Budget,
  Done,
  Effect,
  MapOptions,
  Retry,
  ReviewRequest,
  ReviewResult,
  Run,
  SignalOptions,
  StepCall,
  StepOptions,
  TakeOptions,
  Turn,
  TurnResult,
  Winner,
} from './flow/run.ts'
export type { ActOutcome, ActRecord, NewAct, UserRole } from './journal/access-records.ts'
export type { EncryptionOptions } from './journal/encryption-keys.ts'
export type {
  Answer,
  CaseAnswer,
  CaseOrigin,
  CaseRecord,
  Entry,
  EntryState,
  MeasureOrigin,
  MeasureRecord,
  ReviewKind,
  ReviewState,
  RunRecord,
  RunStatus,
  StepKind,
} from './journal/records.ts'
export type { MeasureFilter, MeasureGroup, MeasureKey, Store } from './journal/store.ts'
export { decode, encode } from './json.ts'
export { type AnswerFileOptions, readAnswers } from './learn/answer-files.ts'
export { type BacktestGround, type BacktestOptions, type BacktestProgress, backtest } from './learn/backtest/backtest.ts'
export type { Change } from './learn/backtest/change.ts'
export type { RunOutcome, RunResult } from './learn/backtest/outcome.ts'
export type { BacktestReport, Decisive } from './learn/backtest/report.ts'
export type { Noted, NotedWhat } from './learn/backtest/rulings.ts'
export type { Selection } from './learn/backtest/selection.ts'
export type { MetricReport } from './learn/backtest/verdict.ts'
export type { CaseColumns, CaseFormat } from './learn/case-fields.ts'
export type { TextSource } from './learn/csv.ts'
export { type ExportOptions, exportCases } from './learn/export-cases.ts'
export { type CaseSubject, type Imported, type ImportOptions, importCases } from './learn/import-cases.ts'
export { type Judge, type Judgement, type JudgeOptions, type Judging, judge, type Score } from './learn/judge.ts'
export type { JudgeReport } from './learn/judge-report.ts'
export type { MeasureGiven, Measures } from './learn/measures.ts'
export {
  type Contested,
  type PersonAnswer,
  type ReviewerFacts,
  type ReviewersReport,
  reviewersOf,
  reviewersReport,
} from './learn/reviewers.ts'
export type { TrialReport } from './learn/trial/report.ts'
export { type TrialOptions, trial } from './learn/trial/trial.ts'
export type { AskRecord } from './model/asking.ts'
export { type Built, built, type KeptPiece } from './model/built.ts'
export { type ContextOptions, type ContextRecord, context, type Piece } from './model/context.ts'
export type { KeptIndex, KeptText, PromptLabel } from './model/kept-texts.ts'
export type { ModelOptions, ModelsOptions } from './model/language-models.ts'
export type { Asked, Prediction, Predictor } from './model/predictor.ts'
export type { Price, PriceTable } from './model/prices.ts'
export { checkPrompt, type Prompt, type PromptState, prompt } from './model/prompt.ts'
export type { PromptPreview, PromptText, PromptTexts } from './model/prompt-texts.ts'
export { type ConfidenceMethod, type PromptedOptions, prompted } from './model/prompted.ts'
export { estimateTokens, type TokenCounter } from './model/tokens.ts'
export { type Tool, tool } from './model/tool.ts'
export { humanUsd, type Usage } from './money.ts'
export type { Autonomy } from './people/autonomy.ts'
export { type AutonomyGround, type AutonomyReport, autonomyReports, DecisionReading } from './people/autonomy-report.ts'
export { type AnyDecision, type Decided, type Decision, type DecisionOptions, type DecisionPeople, decision } from './people/decision.ts'
export { type DecisionRecord, decisionRecord } from './people/decision-record.ts'
export type { AnswerOptions, Inbox, InboxFilter } from './people/inbox.ts'
export { type InboxItem, shownReview } from './people/inbox-item.ts'
export type { Person } from './people/person.ts'
