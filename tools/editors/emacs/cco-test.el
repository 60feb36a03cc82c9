;;; cco-test.el --- Facts about cco.el  -*- lexical-binding: t; -*-

;;; Commentary:

;; Run by ./check, in a home of its own.  Facts about a real publisher need cco and cco-peek: the folder with them is in
;; CCO_PROGRAMS.  What Emacs draws is looked at by ./check, in a terminal.  Every wait has an end and ends as soon as what it waits for is there.

;;; Code:

(require 'ert)
(require 'cco)
(require 'json)

(defmacro cco-test-eventually (form)
  "Wait until FORM is true, at most 30 s, and return it."
  `(let ((until (+ (float-time) 30)) value)
     (while (and (not (setq value ,form)) (< (float-time) until))
       (accept-process-output nil 0.02))
     value))

(defun cco-test-shown ()
  "The text of the segment; Emacs draws no mode lines in batch mode."
  (replace-regexp-in-string "%%" "%" (substring-no-properties (cco-mode-line)) t t))

(defun cco-test-face ()
  "The face of the segment."
  (get-text-property 1 'face (cco-mode-line)))

(defun cco-test-programs ()
  "The folder with the programs; without it the test is skipped."
  (let ((folder (getenv "CCO_PROGRAMS")))
    (unless (and folder (file-executable-p (expand-file-name "cco-peek" folder)))
      (ert-skip "NOT RUN: cco-peek is not built; set CCO_PROGRAMS to the folder with it"))
    folder))

(defun cco-test-line (number)
  "A transcript's line with request NUMBER, which costs 0.75 USD."
  (concat (json-encode
           `((type . "assistant") (sessionId . "0189a1f0-5d3e-7c4a-8b21-00000000000a") (cwd . "/home/me/50%d off")
             (timestamp . ,(format-time-string "%Y-%m-%dT%H:%M:%S.000Z" nil t))
             (requestId . ,(format "req_%d" number))
             (message . ((id . ,(format "msg_%d" number)) (model . "claude-opus-4-5-20251101") (role . "assistant")
                         (stop_reason . "end_turn") (usage . ((input_tokens . 100000) (output_tokens . 10000)))))))
          "\n"))

(defmacro cco-test-with-home (&rest body)
  "Run BODY in a home of its own: `home' is its folder, `transcript' a transcript with one request."
  (declare (indent 0))
  `(let* ((home (make-temp-file "cco-test" t))
          (transcript (expand-file-name ".claude/projects/-home-me-50-d-off/a.jsonl" home))
          (process-environment (append (list (concat "HOME=" home) (concat "CCO_SNAPSHOT=" home "/usage.snapshot")
                                             (concat "XDG_STATE_HOME=" home "/state")
                                             (concat "XDG_CONFIG_HOME=" home "/config"))
                                       process-environment))
          (cco-program (expand-file-name "cco-peek" (cco-test-programs)))
          (cco-retry-seconds 0.1))
     (make-directory (file-name-directory transcript) t)
     (write-region (cco-test-line 1) nil transcript nil 'quiet)
     (unwind-protect (progn ,@body)
       (cco-mode -1)
       (let ((publisher (get-process "publisher")))
         (when publisher
           (interrupt-process publisher)
           (cco-test-eventually (not (process-live-p publisher)))))
       (delete-directory home t))))

(defun cco-test-publish ()
  "Start a publisher, which ends with the home, and wait for its snapshot."
  (let ((publisher (make-process :name "publisher" :noquery t :connection-type 'pipe
                                 :command (list (expand-file-name "cco" (cco-test-programs)) "publish"))))
    (should (cco-test-eventually (file-exists-p (getenv "CCO_SNAPSHOT"))))
    publisher))

(ert-deftest cco-a-percent-sign-is-text ()
  (let ((cco--text "100%-%b today") (cco--live t))
    (should (equal (substring-no-properties (cco-mode-line)) " 100%%-%%b today"))))

(ert-deftest cco-a-line-is-shown-once-it-is-whole ()
  (let* ((cco--process (make-pipe-process :name "given" :noquery t)) cco--text cco--live)
    (unwind-protect
        (progn
          (cco--filter cco--process "live $1.00 to")
          (should-not cco--text)
          (cco--filter cco--process "day\nstopped $2.00? today\nlive $3")
          (should (equal cco--text "$2.00? today"))
          (should-not cco--live)
          (cco--filter cco--process ".00 today\n")
          (should (equal cco--text "$3.00 today"))
          (should cco--live))
      (delete-process cco--process))))

(ert-deftest cco-a-missing-program-is-said ()
  (dolist (program '("/nowhere/cco-peek" "no-such-cco-peek"))
    (let ((cco-program program) (cco-retry-seconds 1000))
      (unwind-protect
          (progn
            (cco-mode 1)
            (should (cco-test-eventually (equal (cco-test-shown) " cco: no cco-peek")))
            (should (eq (cco-test-face) 'cco-stale)))
        (cco-mode -1))
      (should-not cco--timer)
      (with-temp-buffer
        (cco-summary-mode)
        (revert-buffer)
        (should (cco-test-eventually (string-match-p "install cco" (buffer-string))))))))

(defun cco-test-program (folder text)
  "A program in FOLDER that is a shell script with this TEXT."
  (let ((program (expand-file-name "cco-peek" folder)))
    (write-region (concat "#!/bin/sh\n" text "\n") nil program nil 'quiet)
    (set-file-modes program #o755)
    program))

(ert-deftest cco-a-program-that-stays-missing-is-said-once-and-leaves-nothing ()
  (let ((folder (make-temp-file "cco-test" t)))
    (unwind-protect
        (dolist (program (list "/nowhere/cco-peek" "no-such-cco-peek" folder
                               (let ((broken (expand-file-name "broken" folder)))
                                 (write-region "#!/nowhere/interpreter\n" nil broken nil 'quiet)
                                 (set-file-modes broken #o755)
                                 broken)))
          (let* ((cco-program program) (cco-retry-seconds 0.01)
                 (said (with-current-buffer (messages-buffer) (point-max)))
                 (processes (process-list)) (buffers (buffer-list)) (starts 0)
                 (count (lambda (&rest _) (setq starts (1+ starts)))))
            (advice-add 'cco--start :before count)
            (unwind-protect
                (progn
                  (cco-mode 1)
                  (should (cco-test-eventually (< 5 starts)))
                  (should (cco-test-eventually (equal (cco-test-shown) " cco: no cco-peek")))
                  (should (>= 1 (- (length (process-list)) (length processes)))))
              (cco-mode -1)
              (advice-remove 'cco--start count))
            (with-current-buffer (messages-buffer)
              ;; One line, and without the number of times that it was said.
              (should (= 1 (count-matches "install cco or set .cco-program.$" said (point-max)))))
            (should (equal (process-list) processes))
            (should-not (seq-difference (buffer-list) buffers))))
      (delete-directory folder t))))

(ert-deftest cco-what-the-program-says-of-errors-is-not-shown ()
  (let* ((folder (make-temp-file "cco-test" t))
         (cco-program (cco-test-program folder "echo 'live wrong' >&2; echo 'live $1.00 today'; exec sleep 60")))
    (unwind-protect
        (progn
          (cco-mode 1)
          (should (cco-test-eventually cco--text))
          (should (equal (cco-test-shown) " $1.00 today")))
      (cco-mode -1)
      (delete-directory folder t))))

(ert-deftest cco-a-program-in-the-path-of-emacs-alone-is-found ()
  (let* ((folder (make-temp-file "cco-test" t))
         (exec-path (list folder)))
    (cco-test-program folder "echo 'live $2.00 today'; exec sleep 60")
    (unwind-protect
        (progn
          (cco-mode 1)
          (should (cco-test-eventually (equal (cco-test-shown) " $2.00 today"))))
      (cco-mode -1)
      (delete-directory folder t))))

(ert-deftest cco-a-missing-snapshot-is-said-and-found-later ()
  (cco-test-with-home
    (cco-mode 1)
    (should (cco-test-eventually (equal (cco-test-shown) " cco: no snapshot")))
    (cco-test-publish)
    (should (cco-test-eventually (string-prefix-p " $0.75 today" (cco-test-shown))))))

(ert-deftest cco-todays-cost-follows-the-transcripts-and-is-stale-without-a-publisher ()
  (cco-test-with-home
    (let ((publisher (cco-test-publish)))
      (cco-mode 1)
      (should (cco-test-eventually (string-prefix-p " $0.75 today" (cco-test-shown))))
      (should-not (cco-test-face))
      (write-region (cco-test-line 2) nil transcript t 'quiet)
      (should (cco-test-eventually (string-prefix-p " $1.50 today" (cco-test-shown))))
      (interrupt-process publisher)
      (should (cco-test-eventually (string-prefix-p " $1.50? today" (cco-test-shown))))
      (should (eq (cco-test-face) 'cco-stale)))))

(ert-deftest cco-names-from-transcripts-are-shown-as-they-are ()
  (cco-test-with-home
    (let ((cco-template "{projects.0.path}"))
      (cco-test-publish)
      (cco-mode 1)
      (should (cco-test-eventually (equal (cco-test-shown) " /home/me/50%d off"))))))

(ert-deftest cco-the-mode-leaves-nothing-behind ()
  (cco-test-with-home
    (let ((before global-mode-string))
      (cco-test-publish)
      (cco-mode 1)
      (should (cco-test-eventually cco--text))
      (let ((process cco--process))
        (should (member cco--segment global-mode-string))
        (cco-mode 1)
        (should (= 1 (seq-count (lambda (one) (equal one cco--segment)) global-mode-string)))
        (should-not (process-live-p process))
        (setq process cco--process)
        (cco-mode -1)
        (should-not (process-live-p process)))
      (should-not (member cco--segment global-mode-string))
      (should (equal (remove "" global-mode-string) (remove "" before)))
      (should (equal (cco-test-shown) ""))
      (should-not (seq-filter (lambda (buffer) (string-match-p "\\` ?\\*?cco" (buffer-name buffer))) (buffer-list))))))

(ert-deftest cco-the-command-shows-a-summary ()
  (cco-test-with-home
    (cco-test-publish)
    (cco)
    (unwind-protect
        (progn
          (should (equal (buffer-name) "*cco*"))
          (should buffer-read-only)
          (should (cco-test-eventually (string-match-p "^today +\\$0\\.75" (buffer-string))))
          (should (string-match-p "claude-opus-4-5" (buffer-string))))
      (kill-buffer "*cco*"))))

(provide 'cco-test)
;;; cco-test.el ends here
