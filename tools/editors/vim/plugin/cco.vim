" Defines :Cco. Invariant: starting Vim loads nothing else of this plugin and starts no process.

if exists('g:loaded_cco') || has('nvim') || v:version < 801
  finish
endif
let g:loaded_cco = 1

command! -bar Cco call cco#summary()
