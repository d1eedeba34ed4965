import { BitWriter } from '@rtmp/bytes'

// Pictures of H.264 (ITU-T H.264 §7.3) that any decoder takes and that cost nothing to make: 320 × 180, all of one
// grey, Constrained Baseline, in the order they are shown (pic_order_cnt_type 2). The rest of a frame's size is filler.

const MACROBLOCKS = 20 * 12

/** How many different frame_num there are: log2_max_frame_num is 4. */
export const FRAME_NUMBERS = 16

/** A NAL unit of a header byte and what was written, with rbsp_trailing_bits. None of ours needs emulation prevention. */
const nalUnit = (header: number, bits: BitWriter): Uint8Array => {
  bits.u(1, 1)
  return Uint8Array.of(header, ...bits.finish())
}

const sps = (): Uint8Array => {
  const bits = new BitWriter()
  bits.u(0x42_c0_0d, 24) // profile 66, constraint sets 0 and 1, level 1.3
  bits.ue(0) // seq_parameter_set_id
  bits.ue(0) // log2_max_frame_num_minus4
  bits.ue(2) // pic_order_cnt_type
  bits.ue(1) // max_num_ref_frames
  bits.u(0, 1) // gaps_in_frame_num_value_allowed_flag
  bits.ue(19) // pic_width_in_mbs_minus1
  bits.ue(11) // pic_height_in_map_units_minus1
  bits.u(0b111, 3) // frame_mbs_only_flag, direct_8x8_inference_flag, frame_cropping_flag
  for (const crop of [0, 0, 0, 6]) bits.ue(crop) // 192 lines to 180
  bits.u(0, 1) // vui_parameters_present_flag
  return nalUnit(0x67, bits)
}

const pps = (): Uint8Array => {
  const bits = new BitWriter()
  bits.ue(0) // pic_parameter_set_id
  bits.ue(0) // seq_parameter_set_id
  bits.u(0, 2) // entropy_coding_mode_flag, bottom_field_pic_order_in_frame_present_flag
  for (let i = 0; i < 3; i++) bits.ue(0) // slice groups, reference indices
  bits.u(0, 3) // weighted_pred_flag, weighted_bipred_idc
  for (let i = 0; i < 3; i++) bits.se(0) // quantisation
  bits.u(0, 3) // deblocking_filter_control, constrained_intra_pred, redundant_pic_cnt
  return nalUnit(0x68, bits)
}

/** AVCDecoderConfigurationRecord (14496-15 §5.2.4.1) of what {@link greyPicture} makes. */
export const avcRecord = (): Uint8Array => {
  const [s, p] = [sps(), pps()]
  return Uint8Array.of(1, 0x42, 0xc0, 0x0d, 0xff, 0xe1, 0, s.length, ...s, 1, 0, p.length, ...p)
}

/** An IDR picture: every macroblock predicted from its neighbours, without a residual. */
const idr = (): Uint8Array => {
  const bits = new BitWriter()
  bits.ue(0) // first_mb_in_slice
  bits.ue(7) // slice_type I
  bits.ue(0) // pic_parameter_set_id
  bits.u(0, 4) // frame_num
  bits.ue(0) // idr_pic_id
  bits.u(0, 2) // dec_ref_pic_marking
  bits.se(0) // slice_qp_delta
  for (let i = 0; i < MACROBLOCKS; i++) {
    bits.ue(3) // mb_type I_16x16_2_0_0: DC
    bits.ue(0) // intra_chroma_pred_mode
    bits.se(0) // mb_qp_delta
    bits.u(1, 1) // coeff_token: no coefficients
  }
  return nalUnit(0x65, bits)
}

/** A picture like the one before. */
const skipped = (frameNumber: number): Uint8Array => {
  const bits = new BitWriter()
  bits.ue(0) // first_mb_in_slice
  bits.ue(5) // slice_type P
  bits.ue(0) // pic_parameter_set_id
  bits.u(frameNumber, 4) // frame_num
  bits.u(0, 3) // num_ref_idx_active_override, ref_pic_list_modification, adaptive_ref_pic_marking
  bits.se(0) // slice_qp_delta
  bits.ue(MACROBLOCKS) // mb_skip_run
  return nalUnit(0x41, bits)
}

const idrPicture = idr()
const skippedPictures = Array.from({ length: FRAME_NUMBERS }, (_, number) => skipped(number))

/** The slice of the picture that is `sinceIdr` behind the last IDR picture, which is 0 behind itself. */
export const greyPicture = (sinceIdr: number): Uint8Array =>
  sinceIdr === 0 ? idrPicture : (skippedPictures[sinceIdr % FRAME_NUMBERS] as Uint8Array)
