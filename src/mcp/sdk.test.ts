import { expect, it, vi } from 'vitest'
import { loadSdk } from './sdk.ts'

vi.mock('@modelcontextprotocol/server', () => {
  throw new Error("Cannot find package '@modelcontextprotocol/server'")
})

it('says what to install when the package is not there', async () => {
  await expect(loadSdk()).rejects.toMatchObject({
    code: 'package_missing',
    message: expect.stringContaining('npm i @modelcontextprotocol/server'),
  })
})
