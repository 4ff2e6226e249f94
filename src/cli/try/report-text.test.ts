/**
 * What a trial's report looks like on a terminal: how wide, and what is said where.
 */
import { expect, test } from 'vitest'
import { trial } from '../../index.ts'
import { width } from '../text.ts'
import { loadChart } from './load-chart.ts'
import { reportText } from './report-text.ts'
import { sure } from './words.ts'

const LONG = 'a_queue_with_a_name_that_is_much_longer_than_it_needs_to_be'

function file(): string {
  const lines = Array.from({ length: 1000 }, (_, at) => {
    const label = at % 3 === 0 ? LONG : 'other'
    const confidence = ((at * 37) % 100) / 100
    const predicted = confidence < 0.3 && at % 2 === 0 ? 'third' : label
    return `${'many words '.repeat(30)}${at},${label},${predicted},${confidence},${at % 5 === 0 ? 'third' : label},${at % 10 === 0 ? `north ${LONG}` : 'south'}`
  })
  return ['text,label,predicted,confidence,old,region', ...lines].join('\n')
}

test.each([80, 100])('no line is wider than a terminal of %i columns, however long what the file says is', async (columns) => {
  const report = await trial([file()], { format: 'csv', columns: { segments: ['region'], against: 'old' } })
  const lines = reportText(report, { file: `/a/very/${'long/'.repeat(40)}path.csv`, width: columns })
  expect(lines.filter((line) => width(line) > columns)).toEqual([])
  expect(lines.length).toBeGreaterThan(40)
})

test('the chart marks where the certificate came, and leaves the mark out where there is no room', () => {
  const load = Array.from({ length: 60 }, (_, at) => ({
    from: at * 10 + 1,
    to: at * 10 + 10,
    seen: at < 30 ? 10 : 2,
    share: at < 30 ? 1 : 0.2,
  }))
  const lines = loadChart(load, 300, 80)
  expect(lines[0]).toBe(`100 % ┤${'█'.repeat(30)}`)
  expect(lines.at(-1)?.indexOf('▲')).toBe(7 + 30)
  expect(lines.at(-1)).toMatch(/^ {7}1 +▲ certified after 300 +600$/)
  expect(loadChart(load, 300, 22).join('\n')).not.toContain('▲')
})

test('a confidence is never rounded up to certainty', () => {
  expect([0.5, 0.954, 0.9954, 0.999995768, 1].map(sure)).toEqual(['0.50', '0.954', '0.9954', '0.999995', '1.00'])
})
