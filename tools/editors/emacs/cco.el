;;; cco.el --- Claude Code usage in the mode line  -*- lexical-binding: t; -*-

;; Version: 0.1.0
;; Package-Requires: ((emacs "27.1"))
;; Keywords: tools, convenience
;; SPDX-License-Identifier: MIT OR Apache-2.0

;;; Commentary:

;; `cco-mode' shows today's cost and the current block of Claude Code in the mode line, from what `cco' publishes.
;; `cco' shows a summary.  Both ask the program cco-peek, which reads one small file.
;;
;; Invariant: Emacs never waits.  One process follows the snapshot while the mode is on and prints a line at each
;; change; nothing runs while it is off.  Stale or missing figures are shown as such, and what the process prints is
;; shown as text, never as mode line constructs.

;;; Code:

(require 'subr-x)

(defgroup cco nil
  "Claude Code usage as cco publishes it."
  :group 'tools
  :prefix "cco-")

(defcustom cco-program "cco-peek"
  "The program that reads the snapshot."
  :type 'string)

(defcustom cco-template "{today.cost} today[, {block.left} left]"
  "What the mode line shows; \"cco-peek statusline --help\" lists the fields."
  :type 'string)

(defcustom cco-snapshot nil
  "The snapshot to read, or nil for yours."
  :type '(choice (const :tag "Yours" nil) file))

(defcustom cco-retry-seconds 10
  "How long to wait before the program is started again after it has ended."
  :type 'number)

(defface cco-stale '((t :inherit warning))
  "For figures that no publisher keeps current.")

(defvar cco--process nil "What follows the snapshot, or nil.")
(defvar cco--timer nil "What starts it again, or nil.")
(defvar cco--text nil "What the mode line shows, or nil for nothing.")
(defvar cco--live nil "Whether a publisher keeps that current.")

(defvar cco-mode-line-map
  (let ((map (make-sparse-keymap)))
    (define-key map [mode-line mouse-1] #'cco)
    map)
  "Keys of the mode line's segment.")

(defconst cco--segment '(:eval (cco-mode-line)) "What `cco-mode' puts into the mode line.")

(defun cco-mode-line ()
  "The segment of the mode line; the empty text if there is nothing to show."
  (if (not cco--text)
      ""
    ;; A percent sign in a name would be a construct.
    (concat " " (propertize (replace-regexp-in-string "%" "%%" cco--text t t)
                            'face (unless cco--live 'cco-stale)
                            'help-echo (if cco--live "Claude Code usage\nmouse-1: show a summary"
                                         "No publisher keeps this current: cco daemon start\nmouse-1: show a summary")
                            'mouse-face 'mode-line-highlight
                            'local-map cco-mode-line-map))))

(defun cco--command (&rest arguments)
  "The program's command line with ARGUMENTS."
  (append (list cco-program) (when cco-snapshot (list "--snapshot" (expand-file-name cco-snapshot))) arguments))

(defun cco--show (text live)
  "Show TEXT, as stale unless LIVE."
  (setq cco--text text
        cco--live live)
  (force-mode-line-update t))

(defun cco--filter (process output)
  "Show the last whole line of the OUTPUT of PROCESS.
Its first word is the state of the publisher."
  (let* ((lines (split-string (concat (process-get process 'cco-rest) output) "\n"))
         (line (car (last lines 2))))
    (process-put process 'cco-rest (car (last lines)))
    (when (and (cdr lines) (eq process cco--process))
      (let ((words (split-string line " ")))
        (cco--show (string-join (cdr words) " ") (equal (car words) "live"))))))

(defun cco--missing ()
  "Say that the program cannot be run; once, for it is tried again and again."
  (let ((text "cco: no cco-peek"))
    (unless (equal cco--text text)
      (message "cco: cannot run %s; install cco or set `cco-program'" cco-program))
    (cco--show text nil)))

(defun cco--sentinel (process _event)
  "Say why PROCESS has ended, and start it again later."
  (when (and (eq process cco--process) (not (process-live-p process)))
    (pcase (process-exit-status process)
      (4 (cco--show "cco: no snapshot" nil))
      ((or 126 127) (cco--missing))
      (code (cco--show (format "cco: cco-peek ended with %d" code) nil)))
    (cco--later)))

(defun cco--later ()
  "Start the program again in a while."
  (setq cco--process nil
        cco--timer (run-at-time cco-retry-seconds nil #'cco--start)))

(defun cco--start ()
  "Follow the snapshot."
  (setq cco--timer nil)
  (condition-case nil
      ;; A folder that is always there, and on this machine.
      (let* ((default-directory temporary-file-directory)
             (cco-program (or (executable-find cco-program) (signal 'file-missing (list cco-program))))
             (command (cco--command "--format" (concat "{writer} " cco-template) "--follow")))
        (setq cco--process
              ;; What it says of errors would come between its lines; with a pipe for that, Emacs would have a second
              ;; process, and a buffer, to clean up.
              (make-process :name "cco" :command (append '("/bin/sh" "-c" "exec \"$@\" 2>/dev/null" "sh") command)
                            :coding 'utf-8 :connection-type 'pipe :noquery t
                            :filter #'cco--filter :sentinel #'cco--sentinel)))
    (file-error
     (cco--missing)
     (cco--later))))

(defun cco--stop ()
  "Stop following."
  (when cco--timer (cancel-timer cco--timer))
  (let ((process cco--process))
    ;; First, so that its end is not news.
    (setq cco--process nil
          cco--timer nil)
    (when process (delete-process process)))
  (cco--show nil nil))

;;;###autoload
(define-minor-mode cco-mode
  "Show Claude Code usage in the mode line."
  :global t
  (cco--stop)
  (setq global-mode-string (remove cco--segment (if (listp global-mode-string) global-mode-string
                                                  (list global-mode-string))))
  (when cco-mode
    (setq global-mode-string (append (or global-mode-string '("")) (list cco--segment)))
    (cco--start)))

(define-derived-mode cco-summary-mode special-mode "cco"
  "A summary of Claude Code usage.
\\<special-mode-map>\\[revert-buffer] reads it again."
  (setq-local revert-buffer-function #'cco--fill))

(defun cco--fill (&rest _)
  "Fill the current buffer with a summary once the program has given it."
  (let ((summary (current-buffer))
        (output (generate-new-buffer " *cco output*"))
        (default-directory temporary-file-directory))
    (condition-case nil
        (make-process :name "cco summary" :buffer output :command (cco--command) :coding 'utf-8
                      :connection-type 'pipe :noquery t
                      :sentinel (lambda (process _)
                                  (unless (process-live-p process)
                                    (cco--replace summary (with-current-buffer output (buffer-string))
                                                  (process-exit-status process))
                                    (kill-buffer output))))
      (file-error
       (kill-buffer output)
       (cco--replace summary "" 127)))))

(defun cco--replace (buffer text code)
  "Make TEXT the contents of BUFFER, if it still is there; CODE 127 is no text."
  (when (buffer-live-p buffer)
    (with-current-buffer buffer
      (let ((inhibit-read-only t)
            (at (point)))
        (erase-buffer)
        (insert (if (eq code 127) (format "cannot run %s: install cco or set `cco-program'\n" cco-program) text))
        (goto-char (min at (point-max)))))))

;;;###autoload
(defun cco ()
  "Show a summary of Claude Code usage."
  (interactive)
  (let ((buffer (get-buffer-create "*cco*")))
    (with-current-buffer buffer
      (unless (derived-mode-p 'cco-summary-mode) (cco-summary-mode))
      (revert-buffer))
    (pop-to-buffer buffer)))

(provide 'cco)
;;; cco.el ends here
