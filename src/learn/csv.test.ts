import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { csvLine, readCsv, readLines, type TextSource } from './csv.ts'

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = []
  for await (const item of items) found.push(item)
  return found
}

async function rows(source: TextSource, separator?: string): Promise<string[][]> {
  return (await all(readCsv(source, separator === undefined ? {} : { separator }))).map(({ cells }) => [...cells])
}

describe('reading', () => {
  test.each<[string, string, string[][]]>([
    [
      'plain cells',
      'a,b\nc,d\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'a last row without an end',
      'a,b\nc,d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'CRLF',
      'a,b\r\nc,d\r\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'CR alone',
      'a,b\rc,d\r',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'empty cells',
      ',\na,,b\n',
      [
        ['', ''],
        ['a', '', 'b'],
      ],
    ],
    [
      'quoted cells with separators, quotes and line breaks',
      '"a,""b""","c\r\nd"\r\n"",x',
      [
        ['a,"b"', 'c\r\nd'],
        ['', 'x'],
      ],
    ],
    ['a quote inside an unquoted cell', '5" pipe,x\n', [['5" pipe', 'x']]],
    [
      'blank lines',
      '\n\na,b\n\nc,d\n\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['a row of one empty quoted cell', 'a\n""\nb\n', [['a'], [''], ['b']]],
    [
      'semicolons',
      'a;b;c,d\n1;2;3\n',
      [
        ['a', 'b', 'c,d'],
        ['1', '2', '3'],
      ],
    ],
    [
      'tabs',
      'a\tb\n1\t2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'separators inside quotes, which do not count',
      '"a;b;c;d",e\n1,2',
      [
        ['a;b;c;d', 'e'],
        ['1', '2'],
      ],
    ],
    [
      'a first row with a line break in a quoted cell',
      '"a\nb";c;d\n1;2;3',
      [
        ['a\nb', 'c', 'd'],
        ['1', '2', '3'],
      ],
    ],
    ['nothing', '', []],
    ['a byte order mark', '\uFEFFa,b\n', [['a', 'b']]],
  ])('takes %s', async (_, text, expected) => {
    expect(await rows([text])).toEqual(expected)
    expect(await rows([...text])).toEqual(expected)
  })

  test('gives back what was written, however it is cut into pieces', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', ';', '\t', '\n', '\r', ' ', '😀', '') })
    const table = fc
      .integer({ min: 1, max: 4 })
      .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 6 }))
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 7 }), async (written, size) => {
        const bytes = new TextEncoder().encode(written.map(csvLine).join(''))
        const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
        expect(await rows(pieces, ',')).toEqual(written)
      }),
      { numRuns: 300 },
    )
  })

  test('numbers rows as a spreadsheet does, and says on which line each begins', async () => {
    const read = await all(readCsv(['h\r\n"one\r\ntwo"\r\n\r\nthree\r\n']))
    expect(read.map(({ row, line }) => [row, line])).toEqual([
      [1, 1],
      [2, 2],
      [3, 5],
    ])
  })

  test.each([
    ['"a" b,c', 'Row 2 (from line 2) cannot be read: there is text after a closing quote'],
    ['x,"a\nb', 'Row 2 (from line 2) cannot be read: a quote is opened and never closed'],
  ])('refuses %j with row and line', async (text, message) => {
    await expect(rows([`h,i\n${text}`])).rejects.toThrow(message)
  })

  test('refuses what is no UTF-8, and says what to do', async () => {
    await expect(rows([Uint8Array.of(0x61, 0x2c, 0xe9, 0x0a)])).rejects.toThrow('not UTF-8 text')
    await expect(rows([Uint8Array.of(0x61, 0xc3)])).rejects.toThrow('CSV UTF-8')
  })

  test('reads a hundred thousand rows without holding them', async () => {
    let read = 0
    const source = (function* () {
      for (let i = 0; i < 1000; i += 1) yield 'some text,"some ""quoted"" text",spam\r\n'.repeat(100)
    })()
    for await (const { cells } of readCsv(source)) read += cells.length
    expect(read).toBe(300_000)
  })
})

test('lines are numbered as in the file, blank ones included but not given', async () => {
  const read = await all(readLines(['{"a"', ':1}\r\n\n', '{"b":2}']))
  expect(read.map(({ line, text }) => [line, text.trim()])).toEqual([
    [1, '{"a":1}'],
    [3, '{"b":2}'],
  ])
})
