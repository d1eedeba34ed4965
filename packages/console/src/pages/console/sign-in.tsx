import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { api } from './api.ts'

/** Changes the token for a cookie. */
export const SignIn = ({ enter }: { readonly enter: () => void }): JSX.Element => {
  const [problem, setProblem] = useState('')
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const token = new FormData(event.currentTarget as HTMLFormElement).get('token')
    try {
      await api('/session', 'POST', undefined, typeof token === 'string' ? token.trim() : '')
      enter()
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
    }
  }
  return (
    <main class="sign-in">
      <form class="panel" onSubmit={(event) => void submit(event)}>
        <h1>RTMP server</h1>
        <p class="quiet">
          The console needs the token of administration: <code>http.token</code>, or the one that the server
          showed on its terminal when it started.
        </p>
        <label class="stacked">
          Token
          <input class="field" name="token" type="password" autocomplete="current-password" required />
        </label>
        <button class="button main" type="submit">
          Sign in
        </button>
        <p class="problem" role="alert">
          {problem}
        </p>
      </form>
    </main>
  )
}
