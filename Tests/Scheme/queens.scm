(define (queens n)
  (define (safe? row d placed)
    (if (null? placed) #t
        (let ((c (car placed)))
          (if (or (= c row) (= c (+ row d)) (= c (- row d))) #f (safe? row (+ d 1) (cdr placed))))))
  (let place ((k n) (placed '()))
    (if (= k 0) 1
        (let try ((row 1) (count 0))
          (if (> row n) count
              (try (+ row 1) (if (safe? row 1 placed) (+ count (place (- k 1) (cons row placed))) count)))))))
(display (queens 11)) (newline)
