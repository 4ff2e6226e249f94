/**
 * The inbox on the command line: by flags from anywhere, and by single keys at a terminal.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hasTerminal, TestProject } from './project.ts'

interface Item {
  readonly id: string
  readonly title: string
  readonly claimedBy?: string
}

let project: TestProject
beforeEach(async () => {
  project = TestProject.make()
  await ask('one')
})
afterEach(() => project.end())

/** A run of the desk that has come to its first question. */
async function ask(id: string): Promise<void> {
  await project.rondo(['run', 'desk', '--id', id, '--input', `{"subject":"about ${id}"}`, '--wait', '700ms'])
}

/** Drives for a moment, so that what was answered is taken. */
async function drive(id: string): Promise<{ status: string; output?: unknown }> {
  const { run } = await project.json<{ run: { status: string; output?: unknown } }>([
    ...['run', 'desk', '--id', id, '--input', `{"subject":"about ${id}"}`, '--wait', '700ms'],
  ])
  return run
}

describe('the inbox by flags', () => {
  it('lists and shows questions, most urgent first, and takes a run through its answers', async () => {
    const { items, total } = await project.json<{ items: Item[]; total: number }>(['inbox', 'list'])
    expect(items).toMatchObject([
      { id: 'one:folder', kind: 'decide', role: 'mail-desk', content: { choices: ['personal', 'list', 'spam'] } },
    ])
    expect(total).toBe(1)
    expect((await project.rondo(['inbox', 'show', 'one'])).stdout).toMatch(/Which folder\?[\s\S]*subject: about one[\s\S]*Proposed: list/)
    await project.rondo(['inbox', 'answer', 'one', '--value', '"personal"'])
    await drive('one')
    expect((await project.rondo(['inbox', 'reject', 'one:draft[0]/approve', '--note', 'too short'])).stdout).toContain('rejected by ada')
    await drive('one')
    await project.rondo(['inbox', 'accept', 'one', '--as', 'bob'])
    expect(await drive('one')).toMatchObject({ status: 'completed', output: { folder: 'personal', text: 'Draft 1: too short' } })
    const { stdout } = await project.rondo(['show', 'one'])
    expect(stdout).toMatch(/folder +decide .*→ personal · edited by ada/)
    expect(stdout).toMatch(/\[0\] +round[\s\S]*approve +review .*rejected by ada: “too short”/)
    expect(stdout).toMatch(/approve +review .*accepted by bob/)
  })

  it('refuses a second answer, naming the first, and an answer that is no choice', async () => {
    const wrong = await project.rondo(['inbox', 'answer', 'one', '--value', '"bin"', '--json'])
    expect(wrong.code).toBe(4)
    expect(JSON.parse(wrong.stderr)).toMatchObject({ error: { code: 'answer_refused', message: expect.stringContaining('"spam"') } })
    await project.rondo(['inbox', 'accept', 'one:folder'])
    const late = await project.rondo(['inbox', 'accept', 'one:folder', '--as', 'bob'])
    expect(late).toMatchObject({ code: 4, stderr: expect.stringContaining('ada') })
  })

  it('shows and takes only what a person has the role for', async () => {
    expect(await project.json(['inbox', 'list', '--role', 'accounts'])).toMatchObject({ items: [], total: 0 })
    expect(await project.json(['inbox', 'list', '--role', 'accounts,mail-desk'])).toMatchObject({ total: 1 })
    const said = await project.rondo(['inbox', 'accept', 'one', '--role', 'accounts'])
    expect(said).toMatchObject({ code: 4, stderr: expect.stringContaining('mail-desk') })
  })

  it('claims, releases, hands over and comments', async () => {
    await project.rondo(['inbox', 'claim', 'one', '--for', '1h'])
    expect((await project.rondo(['inbox', 'accept', 'one', '--as', 'bob'])).code).toBe(4)
    expect(await project.json(['inbox', 'list', '--as', 'bob'])).toMatchObject({ items: [] })
    expect(await project.json(['inbox', 'list', '--as', 'bob', '--everybody'])).toMatchObject({ items: [{ claimedBy: 'ada' }] })
    await project.rondo(['inbox', 'release', 'one'])
    await project.rondo(['inbox', 'comment', 'one', '--text', 'I asked \u001b[2Jthem', '--as', 'bob'])
    const { stdout } = await project.rondo(['inbox', 'reassign', 'one', '--to', 'lead', '--as', 'bob', '--note', 'over my head'])
    expect(stdout).toContain('reassigned to lead by bob')
    const shown = await project.rondo(['inbox', 'show', 'one'])
    expect(shown.stdout).toMatch(/for lead[\s\S]*bob: I asked ␛\[2Jthem[\s\S]*over my head/)
  })

  it('says when a run asks nothing, and when there is no such question', async () => {
    await project.rondo(['run', 'hello', '--id', 'quiet'])
    expect(await project.rondo(['inbox', 'accept', 'quiet'])).toMatchObject({ code: 3, stderr: expect.stringContaining('asks nothing') })
    expect(await project.rondo(['inbox', 'show', 'one:nowhere'])).toMatchObject({ code: 3, stderr: expect.stringContaining('one:folder') })
  })

  it('lists without a terminal when no subcommand is given', async () => {
    expect((await project.rondo(['inbox'])).stdout).toContain('one:folder')
  })
})

describe.runIf(hasTerminal)('the inbox at a terminal', () => {
  it('answers with single keys: a choice by its number, comments, skips, and says what is left', async () => {
    await ask('two')
    const inbox = project.atTerminal(['inbox'])
    await inbox.says('[2] list')
    inbox.type('c')
    await inbox.says('Comment: ')
    inbox.type('looks odd\r')
    await inbox.says('Noted.')
    inbox.type('3')
    await inbox.says('Answered: spam.')
    await inbox.says('[2] list')
    inbox.type('s')
    await inbox.says('1 question answered, 1 question left.')
    expect(await inbox.ended()).toBe(0)
    expect(await project.json(['inbox', 'list', '--as', 'bob'])).toMatchObject({ items: [{ id: 'two:folder' }] })
  })

  it('accepts the proposal with Enter, rejects with a note, and edits on a line', async () => {
    let inbox = project.atTerminal(['inbox'])
    await inbox.says('as proposed: list')
    inbox.type('\r')
    await inbox.says('Accepted.')
    await inbox.ended()
    await drive('one')
    inbox = project.atTerminal(['inbox'])
    await inbox.says('Send this reply?')
    await inbox.says('[r] reject')
    inbox.type('r')
    await inbox.says('What should be different? ')
    inbox.type('warmer\r')
    await inbox.says('Rejected.')
    await inbox.ended()
    await drive('one')
    inbox = project.atTerminal(['inbox'])
    await inbox.says('[e] edit')
    inbox.type('e')
    await inbox.says('As it should be (JSON): ')
    inbox.type('\u0015{"draft":"Dear Ada"}\r')
    await inbox.says('Answered: { draft: "Dear Ada" }')
    await inbox.ended()
    expect(await drive('one')).toMatchObject({ status: 'completed', output: { folder: 'list', text: 'Dear Ada' } })
  })

  it('edits in $EDITOR', async () => {
    await project.rondo(['inbox', 'accept', 'one'])
    await drive('one')
    project.write('editor.sh', 'sed -i "s/Draft/Letter/" "$1"\n')
    const inbox = project.atTerminal(['inbox'], { env: { EDITOR: `sh ${project.folder}/editor.sh` } })
    await inbox.says('[e] edit')
    inbox.type('e')
    await inbox.says('Letter 0: first')
    await inbox.ended()
    expect(await drive('one')).toMatchObject({ output: { text: 'Letter 0: first' } })
  })

  it('ends at Ctrl-C with 130, and releases what was shown', async () => {
    const inbox = project.atTerminal(['inbox'])
    await inbox.says('[2] list')
    expect(await project.json(['inbox', 'list', '--everybody'])).toMatchObject({ items: [{ claimedBy: 'ada' }] })
    inbox.type('\u0003')
    expect(await inbox.ended()).toBe(130)
    const { items } = await project.json<{ items: Item[] }>(['inbox', 'list', '--everybody'])
    expect(items[0]?.claimedBy).toBeUndefined()
  })

  it('says whether a write that was cut short happened, and extends a spent budget', async () => {
    const cutShort = project.start(['run', 'stuck', '--id', 's1'])
    await cutShort.says('started')
    await expect.poll(async () => (await project.rondo(['show', 's1'])).stdout, { timeout: 20_000 }).toContain('send')
    cutShort.kill('SIGKILL')
    await cutShort.ended()
    await project.rondo(['run', 'stuck', '--id', 's1', '--wait', '700ms'])
    expect((await project.rondo(['show', 's1'])).stdout).toMatch(/● send +code .*waits for operator/)
    let inbox = project.atTerminal(['inbox', '--run', 's1'])
    await inbox.says('Did "send" happen?')
    await inbox.says('[y] it happened')
    inbox.type('y')
    await inbox.says('Answered: it happened.')
    await inbox.ended()
    await project.rondo(['run', 'stuck', '--id', 's1', '--wait', '700ms'])
    inbox = project.atTerminal(['inbox', '--run', 's1'])
    await inbox.says('has spent its budget')
    await inbox.says('[n] end the run')
    inbox.type('e')
    await inbox.says('"rounds": 1')
    inbox.type('\r')
    await inbox.says('Answered')
    await inbox.ended()
    const { run } = await project.json<{ run: unknown }>(['run', 'stuck', '--id', 's1'])
    expect(run).toMatchObject({ status: 'completed', output: 'nothing' })
  })

  it('colours what a terminal reads, and not against NO_COLOR', async () => {
    const coloured = project.atTerminal(['runs'])
    await coloured.ended()
    expect(coloured.raw).toContain('\u001b[33m● waiting')
    const bare = project.atTerminal(['runs'], { env: { NO_COLOR: '1' } })
    await bare.ended()
    expect(bare.raw).toContain('● waiting')
    expect(bare.raw).not.toContain('\u001b[')
  })
})
