;; The hot loops on pictures of bytes, four channels of a pixel at a time. Where a picture has other than four, the last
;; group writes up to three bytes too many, which the next pixel overwrites; after the last pixel is room for them.
(module
  (memory (export "memory") 1)

  ;; BORDER_REFLECT_101.
  (func $mirror (param $index i32) (param $length i32) (result i32)
    (if (i32.eq (local.get $length) (i32.const 1)) (then (return (i32.const 0))))
    (loop $again
      (if (i32.ge_u (local.get $index) (local.get $length))
        (then
          (local.set $index (i32.sub
            (select
              (i32.const 0)
              (i32.sub (i32.shl (local.get $length) (i32.const 1)) (i32.const 2))
              (i32.lt_s (local.get $index) (i32.const 0)))
            (local.get $index)))
          (br $again))))
    (local.get $index))

  ;; Bytes of two pixels as 16-bit pairs: a0 b0 a1 b1 a2 b2 a3 b3.
  (func $pairs (param $a i32) (param $b i32) (result v128)
    (i8x16.shuffle 0 16 4 16 1 16 5 16 2 16 6 16 3 16 7 16
      (v128.load32_lane 1 (local.get $b) (v128.load32_zero (local.get $a)))
      (v128.const i32x4 0 0 0 0)))

  ;; Writes four 32-bit numbers as bytes, clipped to 0 and 255.
  (func $storeBytes (param $at i32) (param $values v128)
    (local $words v128)
    (local.set $words (i16x8.narrow_i32x4_s (local.get $values) (local.get $values)))
    (v128.store32_lane 0 (local.get $at) (i8x16.narrow_i16x8_u (local.get $words) (local.get $words))))

  ;; One output row, bilinear: `$x` and `$y` are `$count` int32 coordinates each, in 1/32 pixels.
  (func (export "sampleRow")
    (param $data i32) (param $height i32) (param $width i32) (param $channels i32)
    (param $x i32) (param $y i32) (param $count i32) (param $out i32)
    (local $end i32) (local $stride i32) (local $fx i32) (local $fy i32) (local $column i32) (local $row i32)
    (local $a i32) (local $b i32) (local $c i32) (local $d i32) (local $group i32)
    (local $upper v128) (local $lower v128)
    (local.set $stride (i32.mul (local.get $width) (local.get $channels)))
    (local.set $end (i32.add (local.get $x) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $x) (local.get $end)))
        (local.set $fx (i32.load (local.get $x)))
        (local.set $fy (i32.load (local.get $y)))
        (local.set $column (i32.shr_s (local.get $fx) (i32.const 5)))
        (local.set $row (i32.shr_s (local.get $fy) (i32.const 5)))
        (local.set $fx (i32.and (local.get $fx) (i32.const 31)))
        (local.set $fy (i32.and (local.get $fy) (i32.const 31)))
        (if (i32.and
              (i32.lt_u (local.get $column) (i32.sub (local.get $width) (i32.const 1)))
              (i32.lt_u (local.get $row) (i32.sub (local.get $height) (i32.const 1))))
          (then
            (local.set $a (i32.add (local.get $data) (i32.add
              (i32.mul (local.get $row) (local.get $stride))
              (i32.mul (local.get $column) (local.get $channels)))))
            (local.set $b (i32.add (local.get $a) (local.get $channels)))
            (local.set $c (i32.add (local.get $a) (local.get $stride)))
            (local.set $d (i32.add (local.get $c) (local.get $channels))))
          (else
            (local.set $a (i32.mul (call $mirror (local.get $column) (local.get $width)) (local.get $channels)))
            (local.set $b (i32.mul
              (call $mirror (i32.add (local.get $column) (i32.const 1)) (local.get $width))
              (local.get $channels)))
            (local.set $c (i32.add (local.get $data) (i32.mul
              (call $mirror (i32.add (local.get $row) (i32.const 1)) (local.get $height))
              (local.get $stride))))
            (local.set $d (i32.add (local.get $c) (local.get $b)))
            (local.set $c (i32.add (local.get $c) (local.get $a)))
            (local.set $row (i32.add (local.get $data) (i32.mul
              (call $mirror (local.get $row) (local.get $height))
              (local.get $stride))))
            (local.set $a (i32.add (local.get $row) (local.get $a)))
            (local.set $b (i32.add (local.get $row) (local.get $b)))))
        ;; Weights (32 - fx) | fx << 16 of a row's two pixels, times those of the rows.
        (local.set $fx (i32.add (i32.const 32) (i32.mul (local.get $fx) (i32.const 65535))))
        (local.set $upper (i32x4.splat (i32.mul (local.get $fx) (i32.sub (i32.const 32) (local.get $fy)))))
        (local.set $lower (i32x4.splat (i32.mul (local.get $fx) (local.get $fy))))
        (local.set $group (i32.const 0))
        (loop $nextGroup
          (call $storeBytes (i32.add (local.get $out) (local.get $group))
            (i32x4.shr_u
              (i32x4.add
                (i32x4.add
                  (i32x4.dot_i16x8_s (local.get $upper) (call $pairs
                    (i32.add (local.get $a) (local.get $group)) (i32.add (local.get $b) (local.get $group))))
                  (i32x4.dot_i16x8_s (local.get $lower) (call $pairs
                    (i32.add (local.get $c) (local.get $group)) (i32.add (local.get $d) (local.get $group)))))
                (v128.const i32x4 512 512 512 512))
              (i32.const 10)))
          (local.set $group (i32.add (local.get $group) (i32.const 4)))
          (br_if $nextGroup (i32.lt_u (local.get $group) (local.get $channels))))
        (local.set $out (i32.add (local.get $out) (local.get $channels)))
        (local.set $x (i32.add (local.get $x) (i32.const 4)))
        (local.set $y (i32.add (local.get $y) (i32.const 4)))
        (br $next))))

  ;; The means of 2 x 2 pixels of `$height` rows of `$width`, both even: halves up, or to even where `$toEven` is 1.
  (func (export "halve")
    (param $data i32) (param $height i32) (param $width i32) (param $channels i32) (param $toEven i32) (param $out i32)
    (local $stride i32) (local $at i32) (local $rowEnd i32) (local $end i32) (local $group i32) (local $p i32)
    (local $sum v128) (local $even v128)
    (local.set $even (i16x8.splat (local.get $toEven)))
    (local.set $stride (i32.mul (local.get $width) (local.get $channels)))
    (local.set $end (i32.add (local.get $data) (i32.mul (local.get $height) (local.get $stride))))
    (loop $nextRow
      (local.set $at (local.get $data))
      (local.set $rowEnd (i32.add (local.get $data) (local.get $stride)))
      (loop $nextPixel
        (local.set $group (i32.const 0))
        (loop $nextGroup
          (local.set $p (i32.add (local.get $at) (local.get $group)))
          (local.set $sum (i16x8.add
            (i16x8.add
              (i16x8.extend_low_i8x16_u (v128.load32_zero (local.get $p)))
              (i16x8.extend_low_i8x16_u (v128.load32_zero (i32.add (local.get $p) (local.get $channels)))))
            (i16x8.add
              (i16x8.extend_low_i8x16_u (v128.load32_zero (i32.add (local.get $p) (local.get $stride))))
              (i16x8.extend_low_i8x16_u (v128.load32_zero
                (i32.add (i32.add (local.get $p) (local.get $stride)) (local.get $channels)))))))
          ;; 2 is added for halves up; for halves to even 1 where the quotient is even.
          (local.set $sum (i16x8.shr_u
            (i16x8.sub
              (i16x8.add (local.get $sum) (v128.const i16x8 2 2 2 2 2 2 2 2))
              (v128.andnot (local.get $even) (i16x8.shr_u (local.get $sum) (i32.const 2))))
            (i32.const 2)))
          (v128.store32_lane 0 (i32.add (local.get $out) (local.get $group))
            (i8x16.narrow_i16x8_u (local.get $sum) (local.get $sum)))
          (local.set $group (i32.add (local.get $group) (i32.const 4)))
          (br_if $nextGroup (i32.lt_u (local.get $group) (local.get $channels))))
        (local.set $out (i32.add (local.get $out) (local.get $channels)))
        (local.set $at (i32.add (local.get $at) (i32.shl (local.get $channels) (i32.const 1))))
        (br_if $nextPixel (i32.lt_u (local.get $at) (local.get $rowEnd))))
      (local.set $data (i32.add (local.get $rowEnd) (local.get $stride)))
      (br_if $nextRow (i32.lt_u (local.get $data) (local.get $end)))))

  ;; One row at its new width. `$axis`: for each output pixel two offsets in bytes and their weights as 16-bit numbers,
  ;; 12 bytes in all. Writes int32, four bits less than the product.
  (func (export "resizeRow")
    (param $row i32) (param $channels i32) (param $axis i32) (param $count i32) (param $out i32)
    (local $a i32) (local $b i32) (local $group i32) (local $end i32) (local $weights v128)
    (local.set $end (i32.add (local.get $axis) (i32.mul (local.get $count) (i32.const 12))))
    (loop $next
      (local.set $a (i32.add (local.get $row) (i32.load (local.get $axis))))
      (local.set $b (i32.add (local.get $row) (i32.load offset=4 (local.get $axis))))
      (local.set $weights (v128.load32_splat offset=8 (local.get $axis)))
      (local.set $group (i32.const 0))
      (loop $nextGroup
        (v128.store (i32.add (local.get $out) (i32.shl (local.get $group) (i32.const 2)))
          (i32x4.shr_u
            (i32x4.dot_i16x8_s (local.get $weights) (call $pairs
              (i32.add (local.get $a) (local.get $group)) (i32.add (local.get $b) (local.get $group))))
            (i32.const 4)))
        (local.set $group (i32.add (local.get $group) (i32.const 4)))
        (br_if $nextGroup (i32.lt_u (local.get $group) (local.get $channels))))
      (local.set $out (i32.add (local.get $out) (i32.shl (local.get $channels) (i32.const 2))))
      (local.set $axis (i32.add (local.get $axis) (i32.const 12)))
      (br_if $next (i32.lt_u (local.get $axis) (local.get $end)))))

  ;; A row of `$length` bytes between two rows of int32, by their weights.
  (func (export "blendRows")
    (param $a i32) (param $weightA i32) (param $b i32) (param $weightB i32) (param $length i32) (param $out i32)
    (local $end i32) (local $wa v128) (local $wb v128)
    (local.set $end (i32.add (local.get $out) (local.get $length)))
    (local.set $wa (i32x4.splat (local.get $weightA)))
    (local.set $wb (i32x4.splat (local.get $weightB)))
    (loop $next
      (call $storeBytes (local.get $out)
        (i32x4.shr_u
          (i32x4.add
            (i32x4.add
              (i32x4.shr_u (i32x4.mul (local.get $wa) (v128.load (local.get $a))) (i32.const 16))
              (i32x4.shr_u (i32x4.mul (local.get $wb) (v128.load (local.get $b))) (i32.const 16)))
            (v128.const i32x4 2 2 2 2))
          (i32.const 2)))
      (local.set $a (i32.add (local.get $a) (i32.const 16)))
      (local.set $b (i32.add (local.get $b) (i32.const 16)))
      (local.set $out (i32.add (local.get $out) (i32.const 4)))
      (br_if $next (i32.lt_u (local.get $out) (local.get $end))))))
