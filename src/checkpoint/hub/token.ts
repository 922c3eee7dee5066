/**
 * @file The access token: from the caller, the environment or the file where Python stores it. It
 * is never printed.
 */
import { AdzusError } from '../../errors.ts'
import { words } from './brief.ts'
import type { Disk } from './disk.ts'
import { clean, type HubSettings } from './settings.ts'

/** Longer headers are refused by servers. */
const LONGEST = 4096

/**
 * The token to send; undefined where there is none. @throws AdzusError where there is one that
 * cannot be sent
 */
export async function findToken(disk: Disk, settings: HubSettings, given?: string): Promise<string | undefined> {
  const own = clean(given)
  if (own !== undefined) return checked(own, 'the option token')
  const { tokenless, token, tokenVariable, tokenPath } = settings
  if (tokenless) return undefined
  if (token !== undefined) return checked(token, tokenVariable!)
  const text = await disk.text(tokenPath)
  const stored = clean(text)
  if (stored !== undefined) return checked(stored, tokenPath)
  const info = text === undefined ? await disk.stat(tokenPath) : undefined
  if (info) throw unusable(tokenPath, info.kind === 'file' ? `a file of ${info.size} bytes` : 'no file')
  return undefined
}

function checked(token: string, from: string): string {
  const wrong = /[^\x21-\x7e]/u.exec(token)?.[0]
  if (token.length > LONGEST) throw unusable(from, `${token.length} characters`)
  if (wrong === undefined) return token
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a control character is what is named.
  const what = /\s/.test(wrong) ? 'a space' : /[\x00-\x1f\x7f]/.test(wrong) ? 'a control character' : 'a character beyond ASCII'
  throw unusable(from, `${what} in it`)
}

function unusable(from: string, got: string): AdzusError {
  return new AdzusError({
    what: 'hub: token',
    where: words(from),
    expected: 'an access token (letters, digits and signs without spaces)',
    got,
    hint: 'Copy it again from your account, or unset it.',
  })
}
