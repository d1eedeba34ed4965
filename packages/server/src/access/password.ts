import { hex, sameText } from './secret.ts'

const PREFIX = 'pbkdf2'
const ITERATIONS = 210_000
const MAX_ITERATIONS = 10_000_000
const SALT_BYTES = 16
const HASH_BITS = 256

/**
 * A password as it can be written into a configuration: `pbkdf2:<iterations>:<salt>:<hash>`, PBKDF2 with SHA-256, salt and
 * hash in hex. The Adobe and Limelight exchanges need the password itself.
 */
export const hashPassword = async (password: string): Promise<string> => {
  const salt = hex(crypto.getRandomValues(new Uint8Array(SALT_BYTES)))
  return `${PREFIX}:${ITERATIONS}:${salt}:${await derive(password, salt, ITERATIONS)}`
}

/** Whether it is the password, given as such or as {@link hashPassword} writes it. */
export const isPassword = async (given: string, stored: string): Promise<boolean> => {
  const parts = hashedParts(stored)
  if (parts === undefined) return sameText(given, stored)
  return sameText(await derive(given, parts.salt, parts.iterations), parts.hash.toLowerCase())
}

/** Whether a stored password is hashed, so that checking one takes long. */
export const isHashed = (stored: string): boolean => hashedParts(stored) !== undefined

const hashedParts = (
  stored: string,
): { readonly iterations: number; readonly salt: string; readonly hash: string } | undefined => {
  const [prefix, count = '', salt = '', hash = '', ...rest] = stored.split(':')
  const iterations = Number(count)
  if (prefix !== PREFIX || rest.length > 0) return undefined
  return iterations > 0 && iterations <= MAX_ITERATIONS ? { iterations, salt, hash } : undefined
}

const derive = async (password: string, salt: string, iterations: number): Promise<string> => {
  const encoder = new TextEncoder()
  const key = await crypto.subtle.importKey('raw', encoder.encode(password), 'PBKDF2', false, ['deriveBits'])
  const parameters = { name: 'PBKDF2', hash: 'SHA-256', salt: encoder.encode(salt.toLowerCase()), iterations }
  return hex(new Uint8Array(await crypto.subtle.deriveBits(parameters, key, HASH_BITS)))
}
