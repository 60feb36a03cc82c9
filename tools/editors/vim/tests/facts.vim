" Facts about the plugin in a Vim without a screen, beside a real publisher. Ends with 1 if one does not hold.
"
"   CCO_RESULTS=FILE vim -N -u NONE -i NONE -es -S tests/facts.vim

let s:done = 0
let s:home = $HOME
let s:state = s:home . '/.local/state/cco/usage.snapshot'

function s:fact(name, test) abort
  let s:done += 1
  let before = len(v:errors)
  try
    call a:test()
  catch
    call add(v:errors, v:throwpoint . ': ' . v:exception)
  endtry
  if len(v:errors) > before
    call insert(v:errors, 'FAILED: ' . a:name, before)
  endif
endfunction

" Fails unless the condition holds within ten seconds.
function s:soon(condition, about) abort
  for wait in range(500)
    if a:condition()
      return
    endif
    sleep 20m
  endfor
  call add(v:errors, a:about . ' did not happen: ' . g:cco_status)
endfunction

function s:append(number) abort
  let record = {'type': 'assistant', 'sessionId': 'facts', 'cwd': '/home/ada/engine',
        \ 'timestamp': strftime('%Y-%m-%dT%H:%M:%S.000Z'),
        \ 'message': {'id': 'msg_vim_' . a:number, 'model': 'claude-opus-5', 'stop_reason': 'end_turn',
        \ 'usage': {'input_tokens': 1000000, 'output_tokens': 1}}}
  call writefile([json_encode(record)], s:home . '/.claude/projects/-home-ada-engine/facts.jsonl', 'a')
endfunction

" A program that prints this as the figures.
function s:program(text) abort
  let path = tempname()
  call writefile(['#!/bin/sh', 'printf ' . shellescape(a:text . '\n'), 'exec sleep 60'], path)
  call setfperm(path, 'rwx------')
  return path
endfunction

let $TZ = 'UTC'
set runtimepath^=.
let g:cco_patience = 1
runtime plugin/cco.vim

function s:nothing_runs() abort
  call assert_equal(2, exists(':Cco'))
  call assert_equal(0, exists('*cco#status'))
  call assert_equal([], job_info())
endfunction
call s:fact('starting Vim defines the command and starts nothing', function('s:nothing_runs'))

function s:missing() abort
  call s:soon({-> cco#status() ==# 'cco: missing'}, 'the word')
endfunction
call s:fact('without a snapshot it says missing', function('s:missing'))

call system('python3 ' . shellescape($CCO_REPOSITORY . '/tools/pictures/sample_home.py') . ' ' . shellescape(s:home))
call s:append('first')
call system('cco publish --once')

function s:stale() abort
  call s:soon({-> cco#status() =~# '^\$[0-9.]*? today.*stale '}, 'the word')
endfunction
call s:fact('after a publisher has stopped, figures are stale', function('s:stale'))

let s:publisher = job_start(['cco', 'publish'], {'in_io': 'null', 'out_io': 'null', 'err_io': 'null'})

function s:live() abort
  call s:soon({-> cco#status() =~# '^\$[0-9.]* today' && cco#status() !~# 'stale'}, 'a live publisher')
  let before = g:cco_status
  let began = reltime()
  call s:append('second')
  call s:soon({-> g:cco_status !=# before}, 'another figure')
  call assert_true(reltimefloat(reltime(began)) < 1, 'it took ' . reltimestr(reltime(began)) . ' s')
endfunction
call s:fact('a running publisher makes them current, and an append shows within a second', function('s:live'))

function s:popup() abort
  Cco
  call s:soon({-> !empty(popup_list())}, 'the summary')
  let text = join(getbufline(winbufnr(popup_list()[0]), 1, '$'), "\n")
  call assert_match('Today \+\$[0-9.]\+  [0-9.]\+M tokens', text)
  call assert_match('This month \+\$[0-9.]\++  ', text)
  call assert_match('Publisher \+live$', text)
  call popup_clear()
endfunction
call s:fact('the summary shows the totals', function('s:popup'))

function s:dead() abort
  call job_stop(s:publisher, 'kill')
  call s:soon({-> cco#status() =~# '? today.*stale '}, 'the word')
endfunction
call s:fact('figures of a publisher that was killed are stale', function('s:dead'))

function s:forgotten() abort
  call assert_notequal([], filter(job_info(), {_, job -> job_status(job) ==# 'run'}))
  call s:soon({-> empty(filter(job_info(), {_, job -> job_status(job) ==# 'run'}))}, 'the end of the process')
  call assert_equal([], timer_info())
  call s:soon({-> cco#status() =~# 'today'}, 'the next process')
  call assert_notequal([], timer_info())
  call s:soon({-> empty(timer_info())}, 'the end of the timer')
endfunction
call s:fact('the process runs only while something asks', function('s:forgotten'))

function s:as_text() abort
  let g:cco_peek = s:program("100%% %%f %%#Error# \\033[31m")
  call s:soon({-> cco#status() ==# '100% %f %#Error# ?[31m'}, 'the text')
  call assert_equal('100%% %%f %%#Error# ?[31m', cco#component())
  call s:soon({-> empty(timer_info())}, 'the end')
endfunction
call s:fact('what the program prints is text', function('s:as_text'))

function s:no_program() abort
  let g:cco_peek = 'no-such-program'
  call cco#status()
  call assert_equal('cco: no-such-program is not installed', cco#status())
  call s:soon({-> empty(timer_info())}, 'the end')
endfunction
call s:fact('a program that is missing is named', function('s:no_program'))

function s:help() abort
  let copy = tempname()
  call mkdir(copy)
  call writefile(readfile('doc/cco.txt'), copy . '/cco.txt')
  execute 'helptags' copy
  call assert_true(len(readfile(copy . '/tags')) > 5)
  for line in readfile('doc/cco.txt')
    call assert_true(strdisplaywidth(line) <= 78, line)
  endfor
endfunction
call s:fact('the help file is clean', function('s:help'))

call writefile(v:errors + ['vim: ' . s:done . ' facts, ' . (empty(v:errors) ? 'all hold' : 'not all hold')], $CCO_RESULTS)
execute empty(v:errors) && s:done > 0 ? 'qall!' : 'cquit!'
