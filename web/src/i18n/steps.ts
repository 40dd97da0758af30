import type { Lang } from "./lang";

/** What the server says it is doing, in Chinese. The server speaks English; a step without a word here is not shown. */
const STEPS: Record<string, string> = {
  "reading buildings and households": "读取楼栋和户数",
  "reading streets": "读取路网",
  "reading divisions and grids": "读取区划和网格",
  "inputs read": "数据读取完毕",
  "walking to the nearest station": "计算到最近服务点的步行时间",
  "storing every building's walk": "保存每栋楼的结果",
  "summing by grid and community": "按网格和社区汇总",
  "drawing the areas of stations": "绘制步行范围",
  "reading streets, buildings and borders": "读取路网、楼栋和界线",
  "storing the cells": "保存单元",
  "checking the borders of communities": "检查社区界线",
  "placing buildings": "安放楼栋",
  "cutting blocks along streets and barriers": "沿道路、河流切出街坊",
  "cutting full blocks between buildings": "在楼栋之间切分大街坊",
  "keeping buildings whole": "保持楼栋完整",
  "joining slivers to their neighbours": "合并碎片",
  "drawing cells and finding neighbours": "绘制单元、查找相邻",
  "cells are made": "单元已做好",
  "walks to {} of {} candidates": "计算步行 {0}/{1}",
  "searching sites": "寻找好的选法",
  "raising the bound": "收紧最优的界",
  "branch and bound": "排除其余的选法",
  "fewer than {} sites": "试少于 {0} 个点",
  "assigning": "分配住户",
};

export function stepText(step: string, lang: Lang): string {
  if (lang === "en") return step;
  const numbers: string[] = [];
  const plain = step.replace(/\d[\d,]*/g, (number) => {
    numbers.push(number);
    return "{}";
  });
  return (STEPS[step] ?? STEPS[plain] ?? "").replace(/\{(\d)\}/g, (_, n: string) => numbers[Number(n)] ?? "");
}

const WARNINGS: Record<string, string> = {
  stations_off_network: "{n} 个服务点离路网太远，未参与步行计算",
  no_streets: "没有路网数据，步行时间无法计算",
};

/** A note of a run; the server's own sentence where the page has no word. */
export function warningText(code: string, message: string, items: readonly unknown[], lang: Lang): string {
  // The server's English counts one thing like many.
  const english = items.length === 1 ? message.replace(/^1 stations are/, "1 station is") : message;
  const text = lang === "zh" ? WARNINGS[code] : undefined;
  return text === undefined ? english : text.replace("{n}", String(items.length));
}
