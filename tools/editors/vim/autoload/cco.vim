" Claude Code usage in Vim: a text for status lines, and a summary.
"
" `cco-peek --follow` runs beside Vim and gives a line at each change; Vim waits for nothing. Invariant: the process runs only
" while some line shows the text. If nobody has asked for it for a while, lines are drawn once more; if still nobody asks,
" it is ended until somebody does. What it prints is shown as text in one line; that there are no figures is a word.

" The text now; for those who want no function call.
let g:cco_status = get(g:, 'cco_status', 'cco: starting')

let s:job = v:null
let s:timer = -1
let s:is_asked = 0
let s:is_probing = 0
" How often it is found out whether anybody still asks, and whether the process must be started again, in ms.
let s:CHECK_MS = 1000
" So many checks without being asked pass before lines are drawn once more.
let s:PATIENCE = get(g:, 'cco_patience', 10)
let s:forgotten = 0

" What its exit codes mean, as docs/peek.md lists them.
let s:WORDS = {'4': 'missing', '15': 'nothing published yet'}

" The text for %{cco#status()}.
function! cco#status() abort
  let s:is_asked = 1
  if s:timer == -1
    call s:begin()
  endif
  return g:cco_status
endfunction

" The same with every % doubled, for %! and %{%...%}.
function! cco#component() abort
  return substitute(cco#status(), '%', '%%', 'g')
endfunction

function! s:begin() abort
  let s:forgotten = 0
  let s:timer = timer_start(s:CHECK_MS, function('s:check'), {'repeat': -1})
  call s:start()
endfunction

function! s:end() abort
  call timer_stop(s:timer)
  let s:timer = -1
  if s:is_running()
    call job_stop(s:job)
  endif
  let s:job = v:null
endfunction

function! s:is_running() abort
  return type(s:job) == v:t_job && job_status(s:job) ==# 'run'
endfunction

" Ends the process and the timer if nobody shows the text, and starts the process again if it ended.
function! s:check(timer) abort
  if s:is_busy()
    return
  endif
  let s:forgotten = s:is_asked ? 0 : s:forgotten + 1
  let s:is_asked = 0
  if s:forgotten > s:PATIENCE + 1
    call s:end()
    return
  endif
  if s:forgotten == s:PATIENCE
    call s:draw()
  endif
  if !s:is_running()
    call s:start()
  endif
endfunction

" Whether drawing would disturb: a command line is typed, or a message waits for a key.
function! s:is_busy() abort
  return mode(1) =~# '^cr\?$\|^r'
endfunction

function! s:draw() abort
  redrawstatus!
  if !empty(&tabline)
    redrawtabline
  endif
endfunction

" The text on one line. cco-peek makes names safe; whatever else runs under its name does not.
function! s:plain(text) abort
  return substitute(a:text, '[[:cntrl:]]', '?', 'g')
endfunction

function! s:show(text) abort
  let text = s:plain(a:text)
  if text !=# g:cco_status
    let g:cco_status = text
    if !s:is_busy()
      call s:draw()
    endif
  endif
endfunction

function! s:program() abort
  return get(g:, 'cco_peek', 'cco-peek')
endfunction

function! s:start() abort
  if !executable(s:program())
    call s:show('cco: ' . s:program() . ' is not installed')
    return
  endif
  let command = [s:program(), '--format', get(g:, 'cco_format', 'plain'), '--follow']
  let s:job = job_start(command, {
        \ 'in_io': 'null',
        \ 'err_io': 'null',
        \ 'out_mode': 'nl',
        \ 'out_cb': function('s:heard'),
        \ 'exit_cb': function('s:ended'),
        \ 'stoponexit': 'term',
        \ })
endfunction

function! s:heard(channel, line) abort
  call s:show(a:line)
endfunction

function! s:ended(job, code) abort
  " One that was ended by us says nothing new.
  if a:job is s:job
    call s:show('cco: ' . get(s:WORDS, a:code, 'unreadable'))
  endif
endfunction

" Rows of the summary: label, figure and note, as a template of cco-peek.
let s:SUMMARY = join([
      \ 'Today;{today.cost};{today.tokens} tokens',
      \ 'This week;{week.cost};{week.tokens} tokens',
      \ 'This month;{month.cost};{month.tokens} tokens',
      \ 'Block;{block.cost};[{block.left} left]',
      \ 'Block rate;{block.burn};',
      \ '5-hour limit;{limits.five_hour};[{limits.five_hour.left} left]',
      \ '7-day limit;{limits.seven_day};[{limits.seven_day.left} left]',
      \ 'Publisher;{writer};[{stale}]'], '\n')

" Shows the totals in a popup, or in a window where Vim has none.
function! cco#summary() abort
  if !executable(s:program())
    echohl ErrorMsg
    echomsg 'cco: ' . s:program() . ' is not installed: install cco, or set g:cco_peek'
    echohl None
    return
  endif
  let [rows, notes] = [[], []]
  call job_start([s:program(), '--format', s:SUMMARY], {
        \ 'in_io': 'null',
        \ 'out_mode': 'nl',
        \ 'err_mode': 'nl',
        \ 'out_cb': {channel, line -> add(rows, s:plain(line))},
        \ 'err_cb': {channel, line -> add(notes, s:plain(line))},
        \ 'close_cb': {channel -> s:open(s:aligned(rows) + notes)},
        \ })
endfunction

" Rows as lines: labels, figures aligned at their ends, notes.
function! s:aligned(rows) abort
  let rows = filter(map(copy(a:rows), {_, row -> split(row, ';', 1)}), {_, row -> len(row) == 3})
  let label_columns = max(map(copy(rows), {_, row -> strdisplaywidth(row[0])}))
  let figure_columns = max(map(copy(rows), {_, row -> strdisplaywidth(row[1])}))
  return map(rows, {_, row -> substitute(row[0] . repeat(' ', label_columns - strdisplaywidth(row[0]) + 2)
        \ . repeat(' ', figure_columns - strdisplaywidth(row[1])) . row[1] . '  ' . row[2], '\s*$', '', '')})
endfunction

function! s:open(lines) abort
  if exists('*popup_create')
    call popup_create(a:lines, {
          \ 'title': ' Claude Code usage ',
          \ 'border': [],
          \ 'padding': [0, 1, 0, 1],
          \ 'filter': function('s:key'),
          \ 'mapping': 0,
          \ 'wrap': 1,
          \ })
    return
  endif
  botright new
  setlocal buftype=nofile bufhidden=wipe noswapfile nobuflisted
  call setline(1, a:lines)
  setlocal nomodifiable
  nnoremap <buffer> <silent> q :close<CR>
endfunction

function! s:key(window, key) abort
  if a:key ==# 'q' || a:key ==# "\<Esc>"
    call popup_close(a:window)
    return 1
  endif
  return 0
endfunction
