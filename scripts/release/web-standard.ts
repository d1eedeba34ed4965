// README examples as one file that finds nothing of Node: for workers, which have what the Web has.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { Worker } from 'node:worker_threads'
import { build } from 'esbuild'
import { root } from '../package-metadata.ts'
import { PURE_PACKAGES } from '../pure-packages.ts'
import { firstExample } from './installed.ts'

/** Packages that promise to run in workers: with their first example, unless it is for Node. */
export const IN_WORKERS: readonly string[] = [...PURE_PACKAGES, 'cluster']

/**
 * Publishes by `@rtmp/client/web` over a pair of Web Streams to a session in the same worker: what no README's first example does.
 */
const CLIENT_WEB = `
import { publish } from '@rtmp/client/web'
import { ServerSession } from '@rtmp/session'

const server = new ServerSession({ crypto: { randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)) } })
const answers = new TransformStream()
const writer = answers.writable.getWriter()
const received = new WritableStream({
  write(bytes) {
    server.receive(bytes.slice(), performance.now())
    for (let event = server.nextEvent(); event !== undefined; event = server.nextEvent()) {
      if ('requestId' in event) server.accept(event.requestId)
      console.log(event.kind)
    }
    for (const out of server.takeOutput()) void writer.write(out.slice())
  },
})
const dial = () => Promise.resolve({ readable: answers.readable, writable: received })
const publisher = await publish('rtmp://localhost/live/key', { dial })
await publisher.end()
`

/** What of Node a worker of another kind may be given: `createHmac` and `randomBytes`, which two examples pass in. */
const FOR_EXAMPLES = 'node:crypto'

/**
 * Bundles an example with all that it imports into one module or script whose `run` runs it. Any import of Node's fails the bundling,
 * but for `node:crypto` of an example itself, which becomes `globalThis.nodeCrypto` of a script and stays what it is in a module.
 *
 * @throws when something imports what only Node has.
 */
export const bundleForWorker = async (
  example: string,
  resolveDir: string,
  form: 'script' | 'module',
  conditions: readonly string[] = [],
): Promise<string> => {
  const [imports, body] = [/^import .*$/gm, example.replaceAll(/^import .*$/gm, '')]
  const contents = `${(example.match(imports) ?? []).join('\n')}\nexport const run = async () => {\n${body}\n}\n`
  const { outputFiles } = await build({
    stdin: { contents, loader: 'ts', resolveDir, sourcefile: 'example.ts' },
    conditions: [...conditions],
    bundle: true,
    platform: 'neutral',
    format: form === 'script' ? 'iife' : 'esm',
    globalName: 'example',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
    plugins: [
      {
        name: 'crypto-of-examples',
        setup: (plugin) => {
          plugin.onResolve({ filter: /^node:crypto$/ }, ({ importer }) => {
            if (!importer.endsWith('example.ts'))
              return { errors: [{ text: `${importer} imports ${FOR_EXAMPLES}` }] }
            return form === 'module'
              ? { path: FOR_EXAMPLES, external: true }
              : { path: FOR_EXAMPLES, namespace: 'given' }
          })
          plugin.onLoad({ filter: /./, namespace: 'given' }, () => ({
            contents: 'export const { createHmac, randomBytes } = globalThis.nodeCrypto',
          }))
        },
      },
    ],
  })
  return outputFiles[0]?.text ?? ''
}

/** The example of a package by its folder, or the program that stands in for that of `client/web`. */
export const exampleForWorker = async (folder: string): Promise<string> =>
  folder === 'client/web'
    ? CLIENT_WEB
    : firstExample(await readFile(join(root, 'packages', folder, 'README.md'), 'utf8'))

/** Globals beside those of the language that web pages, dedicated workers and the workers of edge networks all have. */
const GLOBALS = [
  'AbortController',
  'AbortSignal',
  'DOMException',
  'Event',
  'EventTarget',
  'ReadableStream',
  'TextDecoder',
  'TextEncoder',
  'TransformStream',
  'URL',
  'URLSearchParams',
  'WritableStream',
  'Request',
  'Response',
  'Headers',
  'clearInterval',
  'clearTimeout',
  'console',
  'crypto',
  'performance',
  'queueMicrotask',
  'setInterval',
  'setTimeout',
  'structuredClone',
]

/**
 * Runs a script of `bundleForWorker` in a thread whose globals are those of the language and `GLOBALS`: no `process`, `Buffer`,
 * `setImmediate` or `require`. Gives the lines that it printed.
 *
 * @throws what the example throws; when it has not ended after a minute.
 */
export const runWithWebGlobals = async (script: string): Promise<readonly string[]> => {
  const prelude = `
    const { parentPort } = require('node:worker_threads')
    const { createHmac, randomBytes } = require('node:crypto')
    const lines = []
    const kept = new Set([...Object.getOwnPropertyNames(require('node:vm').runInNewContext('globalThis')), ...${JSON.stringify(GLOBALS)}])
    // Plain arrays: what Node gives is a Buffer, which nobody has to know.
    const plain = (bytes) => new Uint8Array(bytes)
    const nodeCrypto = {
      randomBytes: (length) => plain(randomBytes(length)),
      createHmac: (hash, key) => {
        const hmac = createHmac(hash, key)
        const kin = { update: (bytes) => (hmac.update(bytes), kin), digest: () => plain(hmac.digest()) }
        return kin
      },
    }
    for (const name of Object.getOwnPropertyNames(globalThis)) if (!kept.has(name)) delete globalThis[name]
    Object.assign(globalThis, { nodeCrypto, console: { log: (...values) => lines.push(values.map(String).join(' ')) } })
    ;(async () => {
      ${script}
      await example.run()
      const left = Object.getOwnPropertyNames(globalThis).filter((name) => !kept.has(name) && name !== 'nodeCrypto')
      parentPort.postMessage({ lines, left })
    })()`
  const worker = new Worker(prelude, { eval: true })
  let late: NodeJS.Timeout | undefined
  try {
    const { lines, left } = await new Promise<{ lines: string[]; left: string[] }>((resolve, reject) => {
      late = setTimeout(() => reject(new Error('no end after a minute')), 60_000)
      worker.once('message', resolve).once('error', reject)
      worker.once('exit', (code) => reject(new Error(`ended with ${code} before it was done`)))
    })
    if (left.length > 0) throw new Error(`had more than it should: ${left.join(', ')}`)
    return lines
  } finally {
    clearTimeout(late)
    await worker.terminate()
  }
}

/**
 * Runs a module of `bundleForWorker` in workerd, the runtime of Cloudflare's workers, which answers one request on the loopback with
 * the lines that the example printed.
 *
 * @param command workerd's path.
 * @throws what workerd says when the example fails or does not answer within a minute.
 */
export const runInWorkerd = async (command: string, module: string, folder: string): Promise<string> => {
  const answering = `${module}
    export default {
      async fetch() {
        const lines = []
        console.log = (...values) => lines.push(values.map(String).join(' '))
        await run()
        return new Response(lines.join('\\n'))
      },
    }`
  const config = `using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [(name = "main", worker = .main)],
      sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
    );
    const main :Workerd.Worker = (
      modules = [(name = "worker", esModule = embed "worker.js")],
      compatibilityDate = "2025-01-01",
      compatibilityFlags = [${module.includes(FOR_EXAMPLES) ? '"nodejs_compat"' : ''}],
    );`
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'worker.js'), answering)
  await writeFile(join(folder, 'config.capnp'), config)
  const child = spawn(command, ['serve', 'config.capnp', '--control-fd=3'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  })
  const signal = AbortSignal.timeout(60_000)
  signal.addEventListener('abort', () => child.kill('SIGKILL'))
  let stderr = ''
  child.stderr?.on('data', (text: Buffer) => {
    stderr += text.toString()
  })
  try {
    const control = child.stdio[3] as Readable
    const [line] = (await once(control, 'data', { signal })) as [Buffer]
    const port = /"port":(\d+)/.exec(line.toString())?.[1] ?? ''
    const response = await fetch(`http://127.0.0.1:${port}/`, { signal })
    const text = await response.text()
    if (!response.ok || text === '') throw new Error(`${response.status} ${text}`)
    return text
  } catch (error) {
    throw new Error(`workerd: ${String(error)}\n${stderr}`, { cause: error })
  } finally {
    child.kill('SIGKILL')
  }
}
