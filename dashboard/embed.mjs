// Makes of the built dashboard the source file that puts it into the program: each asset as it is and in gzip, by reference (.incbin), so that no
// compiler has to read it as text.
//
//   node embed.mjs build/dist assets.cpp
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, extname, join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'

const [, , folder, output] = process.argv
if (!folder || !output) throw new Error('usage: node embed.mjs folder assets.cpp')

const mediaTypes = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.pbf': 'application/x-protobuf',
  '.bin': 'application/octet-stream'
}

// Gzip of what is compressed already saves nothing, and then it is not kept.
const worthwhile = 0.95

const gzipFolder = join(dirname(resolve(output)), 'gzip')
mkdirSync(join(gzipFolder, 'assets'), { recursive: true })

function assetOf(file) {
  const mediaType = mediaTypes[extname(file)]
  if (!mediaType) throw new Error(`${file}: no media type is known for it, add it to dashboard/embed.mjs`)
  if (file !== 'index.html' && !/^assets\/[\w.-]+-[\w-]{8}\.\w+$/.test(file)) throw new Error(`${file}: only index.html and hashed files of assets/ are served`)
  const text = readFileSync(join(folder, file))
  const gzipped = gzipSync(text, { level: 9 })
  const isWorthwhile = gzipped.length < text.length * worthwhile
  const gzipFile = join(gzipFolder, `${file}.gz`)
  if (isWorthwhile) writeFileSync(gzipFile, gzipped)
  return {
    path: file === 'index.html' ? '/' : `/${file}`,
    mediaType,
    name: createHash('sha256').update(text).digest('hex').slice(0, 16),
    text: { file: resolve(folder, file), bytes: text.length },
    gzipped: isWorthwhile ? { file: gzipFile, bytes: gzipped.length } : undefined
  }
}

const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(join(folder, '/').length))
  .sort()
const assets = files.map(assetOf)
if (!files.includes('index.html')) throw new Error(`${folder} has no index.html`)

const blobs = assets.flatMap(({ text, gzipped }, i) => [[`dashboard_${i}`, text], ...(gzipped ? [[`dashboard_${i}_gzip`, gzipped]] : [])])
const view = (symbol, { bytes }) => `{${symbol}, ${bytes}}`

writeFileSync(output, `// Made by dashboard/embed.mjs of what \`npm run build\` made.
#include "apps/starling/dashboard.hpp"

#include <array>

__asm__(R"(
.pushsection .rodata
${blobs.map(([symbol, { file }]) => `${symbol}:\n.incbin "${file}"`).join('\n')}
.byte 0
.popsection
)");

extern "C" {
${blobs.map(([symbol]) => `extern const char ${symbol}[] __attribute__((visibility("hidden")));`).join('\n')}
}

namespace starling {

std::span<const routes::Asset> dashboard_assets() noexcept {
  static const std::array<routes::Asset, ${assets.length}> assets{{
${assets.map(({ path, mediaType, name, text, gzipped }, i) =>
  `      {.path = "${path}", .media_type = "${mediaType}", .name = "${name}", .text = ${view(`dashboard_${i}`, text)}${gzipped ? `, .gzipped = ${view(`dashboard_${i}_gzip`, gzipped)}` : ''}},`).join('\n')}
  }};
  return assets;
}

}  // namespace starling
`)
