/**
 * The files of a new project, as `rondo init` writes them.
 *
 * Invariant: the project type-checks and runs as it is, with no key and no network beyond the registry.
 */
export interface NewProject {
  /** The package's name. */
  readonly name: string
  /** Of Rondo. */
  readonly version: string
}

/** Text by path in the project. */
export function projectFiles(project: NewProject): Readonly<Record<string, string>> {
  return {
    'package.json': packageJson(project),
    'tsconfig.json': TSCONFIG,
    'rondo.config.ts': CONFIG,
    'flows/support.ts': FLOW,
    'prompts/reply.prompt': PROMPT,
    'message.json': MESSAGE,
    '.env.example': ENV,
    '.gitignore': 'node_modules/\n.rondo/\n.env\n',
    'README.md': readme(project.name),
  }
}

function packageJson({ name, version }: NewProject): string {
  const content = {
    name,
    private: true,
    type: 'module',
    engines: { node: '>=24' },
    scripts: { dev: 'rondo dev', start: 'rondo dev --no-watch', check: 'tsc' },
    dependencies: { rondo: `^${version}`, zod: '^4.0.0' },
    devDependencies: { '@types/node': '^24.0.0', typescript: '>=5.9' },
  }
  return `${JSON.stringify(content, undefined, 2)}\n`
}

const TSCONFIG = `{
  "compilerOptions": {
    "target": "es2024",
    "module": "nodenext",
    "types": ["node"],
    "strict": true,
    "noEmit": true,
    "skipLibCheck": true,
    "verbatimModuleSyntax": true,
    "erasableSyntaxOnly": true,
    "allowImportingTsExtensions": true
  },
  "include": ["rondo.config.ts", "flows"]
}
`

const CONFIG = `import { defineConfig } from 'rondo'
import { support } from './flows/support.ts'

export default defineConfig({
  flows: [support],
})
`

const FLOW = `/**
 * A support desk: what is this message about, and what do we answer?
 *
 * Code, a predictor, people and (once RONDO_MODEL names one) a model take steps. Each is recorded before the next one begins: kill
 * the process at any moment, and the run goes on where it was.
 */
import { appendFile } from 'node:fs/promises'
import { decision, flow, prompt } from 'rondo'
import { threshold } from 'rondo/autonomy'
import { z } from 'zod'

const Message = z.object({ from: z.string(), text: z.string() })

/** Its text is prompts/reply.prompt. */
const Reply = prompt('reply', {
  input: z.object({ text: z.string(), topic: z.string(), critique: z.string().optional() }),
  output: z.object({ reply: z.string() }),
})

/** What the message is about. A proposal stands alone at 0.9 and above; below, people are asked. */
export const topic = decision({
  name: 'topic',
  title: 'What is this message about?',
  question: Message,
  answer: z.enum(['billing', 'technical', 'other']),
  predictor: {
    name: 'keywords',
    predict: async ({ text }) => {
      const found = /invoice|refund|charge/i.test(text) ? 'billing' : /error|crash|broken/i.test(text) ? 'technical' : 'other'
      return { answer: found, confidence: found === 'other' ? 0.3 : 0.7, source: 'stated', version: '1' }
    },
  },
  people: { role: 'support', within: '4h' },
  autonomy: threshold(0.9),
})

export const support = flow({
  name: 'support',
  input: Message,
  output: z.object({ topic: z.string(), reply: z.string() }),
  async run(run, message) {
    const { value: about } = await run.decide(topic, message)

    // Drafts until a person accepts one. A rejection's note goes into the next draft.
    const reply = await run.loop('draft', { rounds: 3, usd: 0.05 }, {}, async (turn, { critique }: { critique?: string }) => {
      const draft = process.env['RONDO_MODEL']
        ? (await run.ask(Reply, { text: message.text, topic: about, ...(critique && { critique }) })).reply
        : \`Thank you for your message about a \${about} question. We will look into it.\${critique ? \` (\${critique})\` : ''}\`
      const review = await run.review('approve', { title: 'Send this reply?', subject: { to: message.from, draft }, role: 'support' })
      if (review.outcome === 'rejected') return turn.again({ critique: review.note })
      return turn.done(review.outcome === 'expired' ? draft : review.value.draft)
    })

    // 'write', the default, is never repeated unasked: if the process dies in it, a person is asked whether it happened.
    await run.step('send', () => appendFile('outbox.txt', \`To: \${message.from}\\n\${reply}\\n\\n\`))
    return { topic: about, reply }
  },
})
`

const PROMPT = `---
config:
  temperature: 0.3
  maxOutputTokens: 400
input:
  schema:
    text: string
    topic: string
    critique?: string
---
{{role "system"}}
You draft replies for a support desk: short, friendly, useful, in the language of the message. Promise nothing.

{{role "user"}}
A {{topic}} question:

{{text}}

{{#if critique}}
An earlier draft was turned down. What to do differently: {{critique}}
{{/if}}
`

const MESSAGE = `{
  "from": "ada@example.com",
  "text": "Hello! I was charged twice for invoice 1815. Could you look into it?"
}
`

const ENV = `# Copy to .env, which Rondo reads and git ignores. Without a model the flow drafts from a template.
# RONDO_MODEL=openai/gpt-5-mini        npm install @ai-sdk/openai
# OPENAI_API_KEY=
# RONDO_MODEL=anthropic/claude-sonnet-4-5    npm install @ai-sdk/anthropic
# ANTHROPIC_API_KEY=
# RONDO_MODEL=ollama/qwen3             npm install @ai-sdk/openai-compatible
`

function readme(name: string): string {
  return `# ${name}

A [Rondo](https://www.npmjs.com/package/rondo) project: a support desk in which code, people and (if you like) a model take steps.

\`\`\`sh
npm install
npx rondo run support --input @message.json   # starts a run and looks on; it comes to a question
npx rondo inbox                               # in a second terminal: answer it with single keys
npx rondo runs                                # what there is
npx rondo show RUN                            # one run, step by step
\`\`\`

\`npx rondo dev\` runs the flows and starts again when you change them; with it running, start runs with \`--detach\`.
Press Ctrl-C, or kill it: the run goes on where it was.

| | |
|---|---|
| \`rondo.config.ts\` | which flows there are |
| \`flows/support.ts\` | the flow, and the decision in it |
| \`prompts/reply.prompt\` | the text the model gets; edit it without touching code |
| \`.env.example\` | how to name a model |
| \`.rondo/rondo.db\` | everything that happened, in one SQLite file |

\`npx rondo doctor\` checks the setup. \`npx rondo help\` lists all commands.
`
}
