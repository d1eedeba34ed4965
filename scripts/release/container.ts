// `npm run container:check`: builds the container image from a rehearsed release and runs it, where there is a container tool with a
// daemon; else does the same steps in an empty folder: what the image would hold, started as the image starts it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../package-metadata.ts'
import { install, weightOf } from './installed.ts'
import { rehearse } from './rehearse.ts'
import { run } from './run.ts'

const scratch = await mkdtemp(join(tmpdir(), 'rtmp-container-'))
const { registry } = await rehearse(scratch, () => false)

const containerTool = async (): Promise<string | undefined> => {
  for (const tool of ['docker', 'podman']) {
    const isThere = await run(tool, ['info'], scratch).then(
      () => true,
      () => false,
    )
    if (isThere) return tool
  }
  return undefined
}

/** Waits until it is healthy, or gives up after half a minute. */
const healthy = async (port: number): Promise<void> => {
  for (let tries = 0; tries < 150; tries++) {
    const response = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined)
    if (response?.ok === true) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`nothing answers at ${port}`)
}

const PORT = 18_000
const inContainer = async (tool: string): Promise<void> => {
  const context = join(scratch, 'deploy')
  await mkdir(join(context, 'packages'), { recursive: true })
  await cp(join(root, 'deploy/Dockerfile'), join(context, 'Dockerfile'))
  for (const { name, version, tarball } of registry.published) {
    await writeFile(
      join(context, 'packages', `${name.replace('@', '').replace('/', '-')}-${version}.tgz`),
      tarball,
    )
  }
  await run(tool, ['build', '--tag', 'rtmp-server:check', context], scratch)
  const inspect = ['image', 'inspect', '--format', '{{.Size}}', 'rtmp-server:check']
  console.log(`the image has ${(Number(await run(tool, inspect, scratch)) / 1e6).toFixed(0)} MB`)
  const id = (
    await run(
      tool,
      ['run', '--detach', '--rm', '--read-only', '--publish', `127.0.0.1:${PORT}:8000`, 'rtmp-server:check'],
      scratch,
    )
  ).trim()
  try {
    await healthy(PORT)
  } finally {
    await run(tool, ['stop', id], scratch)
  }
}

const inFolder = async (): Promise<void> => {
  console.log('No container tool with a daemon: the steps in an empty folder.')
  const project = join(scratch, 'opt-rtmp')
  await install(registry, project, ['@rtmp/server'])
  const dockerfile = await readFile(join(root, 'deploy/Dockerfile'), 'utf8')
  const [, entry = ''] = /^ENTRYPOINT \["node", "\/opt\/rtmp\/([^"]+)"\]/m.exec(dockerfile) ?? []
  const { onDisk } = await weightOf(join(project, 'node_modules'))
  console.log(`installed: ${(onDisk / 1e6).toFixed(1)} MB`)
  const work = join(scratch, 'var-lib-rtmp')
  await mkdir(work)
  const child = spawn(process.execPath, [join(project, entry)], {
    cwd: work,
    stdio: ['ignore', 'inherit', 'inherit'],
    // Nothing of ours but what the image sets; the ports are those of a machine that has others.
    env: {
      NODE_ENV: 'production',
      RTMP_LOG_FORMAT: 'json',
      RTMP_HOST: '127.0.0.1',
      RTMP_PORT: '0',
      RTMP_HTTP_HOST: '127.0.0.1',
      RTMP_HTTP_PORT: `${PORT}`,
    },
  })
  await healthy(PORT)
  child.kill('SIGTERM')
  const [status] = (await once(child, 'exit')) as [number | null]
  if (status !== 0) throw new Error(`it ended with ${status}`)
}

try {
  const tool = await containerTool()
  await (tool === undefined ? inFolder() : inContainer(tool))
  console.log('ok')
} finally {
  await registry.close()
  await rm(scratch, { recursive: true, force: true })
}
