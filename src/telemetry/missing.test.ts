import { expect, it, vi } from 'vitest'
import { ManualClock } from '../clock.ts'
import { Events } from '../engine/events.ts'
import { openMemoryStore } from '../journal/stores/memory/memory.ts'
import { telemetry } from './telemetry.ts'

vi.mock('@opentelemetry/sdk-trace', () => {
  throw new Error("Cannot find package '@opentelemetry/sdk-trace'")
})

it('says what to install when the packages are not there', async () => {
  const clock = new ManualClock()
  const ground = { store: openMemoryStore({ clock }), events: new Events(), clock, warn: () => undefined }
  await expect(telemetry().start(ground)).rejects.toMatchObject({
    code: 'package_missing',
    message: expect.stringContaining('npm i @opentelemetry/api @opentelemetry/sdk-trace'),
  })
})

it('loads nothing when the environment turns it off', async () => {
  const clock = new ManualClock()
  const ground = { store: openMemoryStore({ clock }), events: new Events(), clock, warn: () => undefined }
  const stop = await telemetry({ env: { OTEL_SDK_DISABLED: 'true' } }).start(ground)
  await expect(stop()).resolves.toBeUndefined()
})

it('refuses a share that is none', () => {
  expect(() => telemetry({ share: 2 })).toThrow(expect.objectContaining({ code: 'config_invalid' }))
})
