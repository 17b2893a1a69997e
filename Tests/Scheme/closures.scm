;; Functions made and called in loops, assigned variables, higher-order functions.
(define (compose f g) (lambda (x) (f (g x))))
(define (adder n) (lambda (x) (+ x n)))
(define (make-counter) (let ((n 0)) (lambda () (set! n (+ n 1)) n)))
(define (sum f n) (let loop ((i 0) (s 0)) (if (= i n) s (loop (+ i 1) (+ s (f i))))))
(display (sum (compose (adder 3) (lambda (x) (* x 2))) 3000000)) (newline)
(display (let ((c (make-counter))) (do ((i 0 (+ i 1))) ((= i 3000000) (c)) (c)))) (newline)
(display (sum (lambda (i) ((adder i) 1)) 2000000)) (newline)
