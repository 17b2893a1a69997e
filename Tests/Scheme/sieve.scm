(define (sieve n)
  (let ((v (make-vector (+ n 1) #t)))
    (let loop ((i 2) (count 0))
      (if (> i n) count
          (if (vector-ref v i)
              (begin
                (do ((j (* i i) (+ j i))) ((> j n)) (vector-set! v j #f))
                (loop (+ i 1) (+ count 1)))
              (loop (+ i 1) count))))))
(do ((k 0 (+ k 1))) ((= k 10)) (display (sieve 500000)) (newline))
