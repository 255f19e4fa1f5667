;; One direction of Pillow's 8-bit resize. Reads lines of bytes, writes them turned: byte `line` of row `out` of the result.
;; A weight is high * 2^15 + low; both parts are 16-bit, so that eight products take one instruction each. Sums wrap at
;; 2^32 on the way; the total does not.
(module
  (memory (export "memory") 1)

  (func $sum (param $v v128) (result i32)
    (i32.add
      (i32.add (i32x4.extract_lane 0 (local.get $v)) (i32x4.extract_lane 1 (local.get $v)))
      (i32.add (i32x4.extract_lane 2 (local.get $v)) (i32x4.extract_lane 3 (local.get $v)))))

  ;; $table: for each output its start, the number of groups of eight weights (i32 each), then the groups one output after
  ;; the other, 16 bytes of low parts and 16 of high parts.
  (func (export "turnedPass")
    (param $source i32) (param $lines i32) (param $step i32)
    (param $table i32) (param $outputs i32) (param $target i32) (param $targetStep i32)
    (local $line i32) (local $out i32) (local $weights i32) (local $end i32) (local $at i32)
    (local $pixels v128) (local $low v128) (local $high v128) (local $value i32)
    (block $done
      (loop $nextLine
        (br_if $done (i32.ge_u (local.get $line) (local.get $lines)))
        (local.set $weights (i32.add (local.get $table) (i32.shl (local.get $outputs) (i32.const 3))))
        (local.set $out (i32.const 0))
        (loop $nextOut
          (local.set $at (i32.add (local.get $source)
            (i32.load (i32.add (local.get $table) (i32.shl (local.get $out) (i32.const 3))))))
          (local.set $end (i32.add (local.get $weights) (i32.shl
            (i32.load offset=4 (i32.add (local.get $table) (i32.shl (local.get $out) (i32.const 3))))
            (i32.const 5))))
          (local.set $low (v128.const i32x4 0 0 0 0))
          (local.set $high (v128.const i32x4 0 0 0 0))
          (loop $nextGroup
            (local.set $pixels (v128.load8x8_u (local.get $at)))
            (local.set $low (i32x4.add (local.get $low)
              (i32x4.dot_i16x8_s (local.get $pixels) (v128.load (local.get $weights)))))
            (local.set $high (i32x4.add (local.get $high)
              (i32x4.dot_i16x8_s (local.get $pixels) (v128.load offset=16 (local.get $weights)))))
            (local.set $at (i32.add (local.get $at) (i32.const 8)))
            (local.set $weights (i32.add (local.get $weights) (i32.const 32)))
            (br_if $nextGroup (i32.lt_u (local.get $weights) (local.get $end))))
          (local.set $value (i32.shr_s
            (i32.add
              (i32.add (call $sum (local.get $low)) (i32.shl (call $sum (local.get $high)) (i32.const 15)))
              (i32.const 2097152))
            (i32.const 22)))
          (local.set $value (select (local.get $value) (i32.const 255) (i32.lt_s (local.get $value) (i32.const 255))))
          (local.set $value (select (local.get $value) (i32.const 0) (i32.gt_s (local.get $value) (i32.const 0))))
          (i32.store8
            (i32.add (local.get $target)
              (i32.add (i32.mul (local.get $out) (local.get $targetStep)) (local.get $line)))
            (local.get $value))
          (local.set $out (i32.add (local.get $out) (i32.const 1)))
          (br_if $nextOut (i32.lt_u (local.get $out) (local.get $outputs))))
        (local.set $source (i32.add (local.get $source) (local.get $step)))
        (local.set $line (i32.add (local.get $line) (i32.const 1)))
        (br $nextLine)))))
