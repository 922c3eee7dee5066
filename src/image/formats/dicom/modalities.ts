/**
 * @file The kinds of machines that pictures come from (PS3.3, C.7.3.1.1.1). A text that is none of
 * them is not shown, since it could be anything.
 */
export const MODALITIES: ReadonlySet<string> = new Set(
  (
    'AR AS BDUS BI BMD CD CR CT DD DF DG DM DOC DS DX EC ECG EEG EM EMG EPS ES FA FID FS GM HC HD IO IOL IVOCT IVUS KER KO ' +
    'LEN LP LS M3D MA MG MR MS NM OAM OCT OP OPM OPT OPTBSV OPTENF OPV OSS OT PA POS PR PT PX REG RESP RF RG RTDOSE ' +
    'RTIMAGE RTPLAN RTRECORD RTSTRUCT RWV SEG SM SMR SR SRF ST STAIN TEXTUREMAP TG US VA VF XA XAPROTOCOL XC'
  ).split(' '),
)
