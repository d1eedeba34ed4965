import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TimerWheel, WheelTimer } from '../src/timer-wheel.ts'

const command = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), timer: fc.nat({ max: 9 }), delay: fc.nat({ max: 400 }) }),
  fc.record({ kind: fc.constant('cancel' as const), timer: fc.nat({ max: 9 }), delay: fc.constant(0) }),
  fc.record({ kind: fc.constant('advance' as const), timer: fc.constant(0), delay: fc.nat({ max: 150 }) }),
)

test('every timer is called once, not before its time and not a slot after it; nextAt never sleeps past one', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), fc.constantFrom(16, 32, 50), (commands, slots) => {
      const resolution = 5
      let now = 3
      const wheel = new TimerWheel(now, { resolution, slots })
      const due = new Map<number, number>()
      const timers = Array.from({ length: 10 }, (_, i) => {
        const timer: WheelTimer = new WheelTimer({
          onTimer: (at) => {
            expect(due.get(i)).toBeLessThanOrEqual(at)
            due.delete(i)
          },
        })
        return timer
      })
      for (const { kind, timer, delay } of commands) {
        if (kind === 'set') {
          wheel.set(timers[timer] as WheelTimer, now + delay)
          due.set(timer, now + delay)
        } else if (kind === 'cancel') {
          wheel.cancel(timers[timer] as WheelTimer)
          due.delete(timer)
        } else {
          now += delay
          wheel.advance(now)
          for (const at of due.values()) expect(at).toBeGreaterThan(now - 2 * resolution)
        }
        expect(wheel.size).toBe(due.size)
        const next = wheel.nextAt()
        if (due.size === 0) expect(next).toBeUndefined()
        else expect(next).toBeLessThan(Math.min(...due.values()) + 2 * resolution)
      }
    }),
    { numRuns: 500 },
  )
})

test('the owner is told when a timer is due before it meant to wake up', () => {
  let told = 0
  const wheel = new TimerWheel(0, { onSooner: () => (told += 1) })
  const [late, soon, later] = [1, 2, 3].map(() => new WheelTimer({ onTimer: () => {} })) as [
    WheelTimer,
    WheelTimer,
    WheelTimer,
  ]
  wheel.set(late, 1000)
  expect(told).toBe(1)
  expect(wheel.nextAt()).toBe(1000)
  wheel.set(later, 2000)
  expect(told).toBe(1)
  wheel.set(soon, 100)
  expect(told).toBe(2)
})

test('a timer that is set again while it is called is called again later, not at once', () => {
  const calls: number[] = []
  const wheel = new TimerWheel(0)
  const timer: WheelTimer = new WheelTimer({
    onTimer: (now) => {
      calls.push(now)
      wheel.set(timer, now)
    },
  })
  wheel.set(timer, 10)
  wheel.advance(12)
  wheel.advance(14)
  wheel.advance(20)
  expect(calls).toEqual([12, 20])
})
