import type { Lang } from "./lang";
import type { ProblemText } from "./problemText";

/** Problems of accounts, sessions and rights. */
export const ACCOUNT_PROBLEMS: Record<string, Record<Lang, ProblemText>> = {
  not_signed_in: {
    zh: { what: "您没有登录。", todo: "请重新登录。" },
    en: { what: "You are not signed in.", todo: "Sign in again." },
  },
  bad_credentials: {
    zh: { what: "用户名或密码不对。", todo: "请检查后再试；大写锁定也会使密码不对。" },
    en: { what: "The name or the password is wrong.", todo: "Check both; Caps Lock makes a password wrong, too." },
  },
  bad_code: {
    zh: { what: "动态码不对或已过期。", todo: "请输入验证器现在显示的 6 位数字；手机时间要准。" },
    en: { what: "The code is wrong or has expired.", todo: "Enter the digits shown now; the phone's clock must be right." },
  },
  locked: {
    zh: { what: "连续输错次数太多，暂停登录。", todo: "请等一会儿再试，或请安全管理员重置账号。" },
    en: { what: "Too many wrong attempts: sign-in is paused.", todo: "Wait, or ask the security administrator to reset the account." },
  },
  too_many_requests: {
    zh: { what: "请求太频繁。", todo: "请等几秒再试。" },
    en: { what: "Too many requests.", todo: "Wait a few seconds and try again." },
  },
  csrf: {
    zh: { what: "页面的登录凭据已更换。", todo: "请再试一次；仍然不行时刷新页面。" },
    en: { what: "The session of this page has been replaced.", todo: "Try again; reload the page if it stays." },
  },
  no_right: {
    zh: { what: "您的角色不能做这件事。", todo: "需要时请向安全管理员申请。" },
    en: { what: "Your role may not do this.", todo: "Ask the security administrator if you need it." },
  },
  outside_area: {
    zh: { what: "这不在您的范围内。", todo: "请选择自己范围内的对象，或请安全管理员扩大范围。" },
    en: { what: "This is outside your area.", todo: "Choose something inside it, or ask the security administrator." },
  },
  password_expired: {
    zh: { what: "密码已到期。", todo: "请先修改密码。" },
    en: { what: "Your password has expired.", todo: "Change it first." },
  },
  weak_password: {
    zh: { what: "密码不符合要求。", todo: "请看密码要求，换一个再试。" },
    en: { what: "The password does not meet the rules.", todo: "See the rules and choose another." },
  },
  unknown_link: {
    zh: { what: "这个链接不能用了。", todo: "请向安全管理员要一个新链接。" },
    en: { what: "This link no longer works.", todo: "Ask the security administrator for a new one." },
  },
  name_taken: {
    zh: { what: "这个用户名已被使用。", todo: "请换一个用户名。" },
    en: { what: "This name is taken.", todo: "Choose another." },
  },
  bad_account: {
    zh: { what: "账号内容不完整或不正确。", todo: "请改正标出的地方。" },
    en: { what: "Something about the account is missing or wrong.", todo: "Correct what is marked." },
  },
  own_account: {
    zh: { what: "不能改动自己的角色、范围或状态。", todo: "请由另一位安全管理员来改。" },
    en: { what: "You cannot change your own role, area or state.", todo: "Let another security administrator do it." },
  },
  last_administrator: {
    zh: { what: "这是最后一位在用的安全管理员，不能停用或改换角色。", todo: "请先新增另一位安全管理员。" },
    en: { what: "This is the last active security administrator and cannot be disabled or given another role.", todo: "Add another one first." },
  },
  demo_account: {
    zh: { what: "演示账号不能改动。", todo: "请新增一个账号来试。" },
    en: { what: "Demo accounts cannot be changed.", todo: "Add an account to try it." },
  },
  no_password: {
    zh: { what: "这个账号没有密码，不能加第二因素。", todo: "请先设置密码。" },
    en: { what: "This account has no password to add a factor to.", todo: "Set one first." },
  },
  second_factor_set: {
    zh: { what: "第二因素已经开启。", todo: "要换手机，请先用密码关闭，再重新开启。" },
    en: { what: "The second factor is on already.", todo: "To change the phone, turn it off with the password first." },
  },
  bad_token: {
    zh: { what: "令牌没有新建：有效期最长 365 天，每个账号最多 20 个。", todo: "请缩短天数，或先吊销不用的令牌。" },
    en: { what: "The token was not made: at most 365 days, and 20 for each account.", todo: "Choose fewer days, or revoke one first." },
  },
  bad_origin: {
    zh: { what: "请求来自别的地址，没有接受。", todo: "请从本页面的正式地址打开再试。" },
    en: { what: "The request came from another address and was refused.", todo: "Open the page at its own address and try again." },
  },
  wrong_host: {
    zh: { what: "服务器不认识这个地址。", todo: "请用管理员给的地址打开页面。" },
    en: { what: "The server does not know this address.", todo: "Open the page at the address the administrator gave." },
  },
  too_large: {
    zh: { what: "发送的内容太大。", todo: "请减少内容后再试。" },
    en: { what: "What was sent is too large.", todo: "Send less and try again." },
  },
};
