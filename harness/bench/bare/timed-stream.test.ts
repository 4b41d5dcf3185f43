import { duplexPair } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { TimedStream } from './timed-stream.ts'

it('should count the time from the last byte of an answer to the next words, and no other', async () => {
  let clock = 0
  const [ours, guest] = duplexPair()
  const line = new TimedStream(ours, () => clock)
  line.resume()
  const own = await line.ownTimeOf(async () => {
    clock += 1 // the client thinks
    line.write('first')
    await setImmediate()
    clock += 100 // the guest works
    guest.write('part')
    await setImmediate()
    clock += 50 // the guest has not ended yet...
    guest.write('rest')
    await setImmediate()
    clock += 2 // the client thinks
    line.write('second')
    await setImmediate()
    clock += 1000
    guest.write('answer')
    await setImmediate()
    clock += 4 // the client reads
  })
  expect(own).toBe(7)
})
