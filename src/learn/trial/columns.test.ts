import { expect, test } from 'vitest'
import { type ColumnChoice, columnsOf } from './columns.ts'
import { pastDecisions } from './rows.ts'
import { readTable } from './table.ts'

async function chosen(text: string, choice: ColumnChoice = {}) {
  return columnsOf(await readTable([text], { format: 'csv' }), choice)
}

async function decisions(text: string, choice: ColumnChoice = {}) {
  const table = await readTable([text], { format: 'csv' })
  const columns = columnsOf(table, choice)
  return pastDecisions(table, columns, columns.system === undefined)
}

test('columns are found by their names, and what was guessed is said', async () => {
  expect(await chosen('id,Subject,Body,Queue,predicted_queue,predicted_queue_score\n1,a,b,x,x,0.5\n2,c,d,y,x,0.4\n')).toEqual({
    text: ['Subject', 'Body'],
    answer: 'Queue',
    system: { prediction: 'predicted_queue', confidence: 'predicted_queue_score' },
    against: undefined,
    segments: [],
    guessed: ['prediction', 'confidence', 'answer', 'text'],
  })
})

test('columns with names that say nothing are found by their contents', async () => {
  const lines = Array.from({ length: 40 }, (_, at) => `${at},a longer text about ${at},0.${at},k${at % 3}`)
  expect(await chosen(['a,b,c,d', ...lines].join('\n'))).toMatchObject({ text: ['b'], answer: 'd', system: undefined })
})

test('each system gets the confidence whose name has most in common with it', async () => {
  const text = 'text,label,bert,bert_score,rasa,rasa_score\na,x,x,0.1,y,0.2\nb,y,x,0.3,y,0.4\n'
  expect(await chosen(text, { prediction: 'rasa', against: 'bert' })).toMatchObject({
    system: { prediction: 'rasa', confidence: 'rasa_score' },
    against: { prediction: 'bert', confidence: 'bert_score' },
  })
})

test('a column that is not there is refused with those that are, whatever its case', async () => {
  await expect(chosen('Text,Label\na,x\n', { answer: 'lable' })).rejects.toMatchObject({
    code: 'usage',
    message: '--answer names the column "lable", which the file does not have. It has: Text, Label.',
  })
  expect(await chosen('Text,Label\na,x\n', { answer: 'label', text: ['TEXT'] })).toMatchObject({ text: ['Text'], answer: 'Label' })
})

test('a first row that is data is recognised, or named', async () => {
  const text = 'w1,81991168,0,0\nw2,81991168,0,1\n'
  await expect(chosen(text)).rejects.toMatchObject({ code: 'invalid_input', message: expect.stringContaining('--header') })
  const table = await readTable([text], { format: 'csv', header: ['worker', 'item', 'label', 'gold'] })
  expect(table.rows.map(({ row }) => row)).toEqual([1, 2])
})

test('rows that cannot be used are left out, counted and named', async () => {
  const text = ['text,label', 'a,x', ',x', 'b,', 'c', 'd,y', '"e",x,more'].join('\n')
  const { decisions: used, findings } = await decisions(text)
  expect(used.map(({ row }) => row)).toEqual([2, 6])
  expect(findings.filter(({ leftOut }) => leftOut).map(({ kind, rows }) => ({ kind, rows }))).toEqual([
    { kind: 'unreadable', rows: [5, 7] },
    { kind: 'no text', rows: [3] },
    { kind: 'no answer', rows: [4] },
  ])
})

test('a file of which no row can be used is refused, with the reason', async () => {
  await expect(decisions('text,label\na,\nb,\n')).rejects.toMatchObject({
    code: 'invalid_input',
    message: 'No row can be used. 2 rows have nothing in "label", so nobody knows what is right.',
  })
  await expect(readTable(['text,label\n'], { format: 'csv' })).rejects.toMatchObject({ code: 'invalid_input' })
})

test('confidences are shares or percentages; what is neither is left out', async () => {
  const shares = await decisions('text,label,predicted,confidence\na,x,x,0.5\nb,y,y,high\nc,y,y,1.5\nd,x,,\n')
  expect(shares.decisions.map(({ row, recorded }) => [row, recorded])).toEqual([
    [2, { answer: 'x', confidence: 0.5 }],
    [5, { answer: undefined, confidence: 0 }],
  ])
  expect(shares.findings).toMatchObject([{ kind: 'bad confidence', rows: [3, 4] }, { kind: 'one answer' }])
  const percent = await decisions('text,label,predicted,confidence\na,x,x,50\nb,y,y,99.5\nc,y,y,0.4\n')
  expect(percent.decisions.map(({ recorded }) => recorded?.confidence)).toEqual([0.5, 0.995, 0.004])
  const signed = await decisions('text,label,predicted,confidence\na,x,x,50 %\nb,y,y,7%\n')
  expect(signed.decisions.map(({ recorded }) => recorded?.confidence)).toEqual([0.5, 0.07])
})

test('what is odd about the data is found, and stays in', async () => {
  const text = ['text,label', 'Where is it?,late', 'where  is it?,lost', 'Hello,late', 'Hello,late', 'Bye,Late', 'Well,rare'].join('\n')
  const { decisions: used, findings } = await decisions(text)
  expect(used).toHaveLength(6)
  expect(findings.map(({ kind, rows, count }) => ({ kind, rows, count }))).toEqual([
    { kind: 'same text, other answer', rows: [2, 3], count: 1 },
    { kind: 'repeated', rows: [3, 5], count: 2 },
    { kind: 'answer once', rows: [3, 6, 7], count: 3 },
    { kind: 'answer spelt twice', rows: [2, 6], count: 1 },
  ])
})

test('JSON Lines are read by their keys, inner ones by a dot; lines that are none are left out', async () => {
  const lines = ['{"mail":{"subject":"a","body":"b"},"label":"x"}', 'nonsense', '{"label":1,"mail":{"subject":"c","body":null}}']
  const table = await readTable([lines.join('\n')], { format: 'jsonl' })
  expect(table.columns).toEqual(['mail.subject', 'mail.body', 'label'])
  expect(table.rows.map(({ cells }) => cells)).toEqual([
    ['a', 'b', 'x'],
    ['c', '', '1'],
  ])
  expect(table.faults).toEqual([{ row: 2, line: 2, why: 'it is no JSON' }])
})

test('a confidence with a decimal comma is found by itself and read, also in percent', async () => {
  const text = 'text;label;predicted;confidence\nWo?;karte;karte;0,9\nTeuer;preis;karte;0,4\n'
  expect((await chosen(text)).system).toEqual({ prediction: 'predicted', confidence: 'confidence' })
  expect((await decisions(text)).decisions.map(({ recorded }) => recorded?.confidence)).toEqual([0.9, 0.4])
  const percent = await decisions('text;label;predicted;confidence\nWo?;karte;karte;90,5 %\nTeuer;preis;karte;40 %\n')
  expect(percent.decisions.map(({ recorded }) => recorded?.confidence)).toEqual([0.905, 0.4])
  const thousands = await decisions('text;label;predicted;confidence\nWo?;karte;karte;0,9\nTeuer;preis;karte;1,000,0\n')
  expect(thousands.findings[0]).toMatchObject({ kind: 'bad confidence', count: 1 })
})

test('where every row has the same answer, it is said that there was nothing to decide', async () => {
  const same = await decisions('text,label,predicted,confidence\na,x,x,0.9\nb,x,x,0.8\n')
  expect(same.findings).toContainEqual(
    expect.objectContaining({ kind: 'one answer', leftOut: false, message: expect.stringContaining('nothing to decide') }),
  )
  const two = await decisions('text,label,predicted,confidence\na,x,x,0.9\nb,y,x,0.8\n')
  expect(two.findings.map(({ kind }) => kind)).not.toContain('one answer')
})
