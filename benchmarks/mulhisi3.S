; int32_t __mulhisi3(int16_t, int16_t) with libgcc's calling convention: r27:r26 times r19:r18 to r25:r22.
; In place of libgcc's, whose tail is SBRS before RET: qemu-system-avr 7.2 never leaves that where the RET is skipped
; (its translated block ends with the program counter still at the SBRS). All emulators are measured with this one.
    .global __mulhisi3
__mulhisi3:
    call __umulhisi3
    tst  r19
    brpl 1f
    sub  r24, r26
    sbc  r25, r27
1:  tst  r27
    brpl 2f
    sub  r24, r18
    sbc  r25, r19
2:  ret
