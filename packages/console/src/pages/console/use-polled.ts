import { useEffect, useState } from 'preact/hooks'
import { api } from './api.ts'

/** What the API says, asked again and again while the page is looked at. */
export interface Polled<Answer> {
  readonly answer: Answer | undefined
  readonly problem: Error | undefined
  readonly again: () => void
}

export const usePolled = <Answer>(path: string, everyMs = 2000): Polled<Answer> => {
  const [state, setState] = useState<{ answer?: Answer; problem?: Error }>({})
  const [count, setCount] = useState(0)
  useEffect(() => {
    let stopped = false
    let timer: ReturnType<typeof setTimeout>
    const ask = async (): Promise<void> => {
      if (!document.hidden) {
        try {
          const answer = await api<Answer>(path)
          if (!stopped) setState({ answer })
        } catch (error) {
          if (!stopped)
            setState(({ answer }) => ({
              ...(answer === undefined ? {} : { answer }),
              problem: error as Error,
            }))
        }
      }
      if (!stopped) timer = setTimeout(() => void ask(), everyMs)
    }
    void ask()
    return () => {
      stopped = true
      clearTimeout(timer)
    }
  }, [path, everyMs, count])
  return { answer: state.answer, problem: state.problem, again: () => setCount((now) => now + 1) }
}
